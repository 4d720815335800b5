import assert from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { BootstrapProgress } from "./bootstrap_progress.ts";

Deno.test("BootstrapProgress.figures() count this run's bars for the rate, and all of them for the share", () => {
  const clock = new ManualClock();
  const progress = new BootstrapProgress({ before: 50_000, of: 200_000, clock });
  assert.deepEqual(progress.figures(50_000), { bars: 50_000, of: 200_000, percent: 25, barsPerSecond: 0 });
  clock.advance(2_000);
  assert.deepEqual(progress.figures(100_000), {
    bars: 100_000,
    of: 200_000,
    percent: 50,
    barsPerSecond: 25_000,
    secondsLeft: 4,
  });
  assert.equal(progress.figures(200_500).percent, 100, "a market may have more than was planned");
});
