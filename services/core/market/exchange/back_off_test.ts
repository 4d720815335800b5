import assert from "node:assert/strict";
import { ManualClock } from "../../testing/manual_clock.ts";
import { BackOff } from "./back_off.ts";

/** The waits after failures one after the other. */
function waits(random: () => number, failures: number): number[] {
  const clock = new ManualClock();
  const backOff = new BackOff({ firstMs: 500, mostMs: 30_000, clock, random });
  return Array.from({ length: failures }, () => {
    backOff.fail();
    const waitMs = backOff.restMs;
    clock.advance(waitMs);
    assert.ok(!backOff.isWaiting);
    return waitMs;
  });
}

Deno.test("BackOff doubles its wait up to the limit, with a jitter that takes off at most half", () => {
  assert.deepEqual(waits(() => 0, 8), [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  const longest = waits(() => 1 - 1e-12, 8).map(Math.round);
  assert.deepEqual(longest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.ok(waits(() => 0.5, 5_000).every((waitMs) => waitMs <= 30_000));
});

Deno.test("BackOff counts what many see at once as one failure, and begins anew after a success", () => {
  const clock = new ManualClock();
  const backOff = new BackOff({ firstMs: 500, mostMs: 30_000, clock, random: () => 0 });
  for (let client = 0; client < 100; client++) backOff.fail();
  assert.equal(backOff.restMs, 250);
  clock.advance(250);
  backOff.fail();
  assert.equal(backOff.restMs, 500);
  backOff.succeed();
  assert.equal(backOff.restMs, 0);
  backOff.fail();
  assert.equal(backOff.restMs, 250);
});
