import assert from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import type { Batch, Reached } from "./market.ts";
import { feedWith, HISTORY } from "./market_process_testing.ts";
import { ReplayedMarket } from "./replayed_market.ts";
import { Schedule } from "./schedule.ts";

const feed = feedWith(26); // B has no bar at 7, 14 and 21
const marketWith = (liveBars: number | null = null) =>
  new ReplayedMarket({
    feed,
    schedule: new Schedule(feed, { bootstrapShare: HISTORY / 26, liveBars }),
    speed: "max",
    clock: new ManualClock({ jumps: true }),
  });
const { signal } = new AbortController();

/** Published up to these open times. */
function reached(times: Record<string, number>): ReadonlyMap<string, Reached> {
  return new Map(
    Object.entries(times).map(([symbol, timeMs]) => {
      const bars = [...feed.bars(symbol)].filter((bar) => bar.openTimeMs <= timeMs);
      const liveBars = bars.filter((bar) => bar.openTimeMs > HISTORY).length;
      return [symbol, { recent: bars.slice(-1), nextMs: null, bars: bars.length, liveBars }];
    }),
  );
}
const times = ({ bars }: Batch) =>
  [...bars].map(([symbol, series]) => `${symbol} ${series.map((bar) => bar.openTimeMs).join(" ")}`);

async function live(from: Record<string, number>, liveBars: number | null = null) {
  const batches = await Array.fromAsync(marketWith(liveBars).live(reached(from), () => 1, signal));
  return batches.map((batch) => [batch.liveBars, batch.openTimeMs, ...times(batch)]);
}

Deno.test("ReplayedMarket.history() gives each symbol's history, and after a restart what is left of it", async () => {
  const whole = await Array.fromAsync(marketWith().history(new Map(), signal));
  const [first, second] = whole.map(times);
  assert.deepEqual([whole.length, first.length, second.length], [2, 1, 1]);
  assert.equal(first[0].split(" ").length - 1, HISTORY);
  assert.equal(second[0].split(" ").length - 1, HISTORY - 2);
  const rest = await Array.fromAsync(marketWith().history(reached({ A: HISTORY, B: 18 }), signal));
  assert.deepEqual(rest.map(times), [["B 19 20"]]);
});

Deno.test("ReplayedMarket.live() counts the rounds, of which a symbol may have no bar", async () => {
  assert.deepEqual(await live({ A: HISTORY, B: HISTORY }, 3), [
    [1, 21, "A 21"],
    [2, 22, "A 22", "B 22"],
    [3, 23, "A 23", "B 23"],
  ]);
});

Deno.test("ReplayedMarket.live() goes on after a restart with the last whole round, empty, then what is left of the next", async () => {
  assert.deepEqual(await live({ A: 24, B: 23 }), [[3, 23], [4, 24, "B 24"], [5, 25, "A 25", "B 25"], [
    6,
    26,
    "A 26",
    "B 26",
  ]]);
  assert.deepEqual(await live({ A: 26, B: 26 }), [[6, 26]]);
});

Deno.test("ReplayedMarket.live() ends with the signal's reason", async () => {
  const stop = new AbortController();
  const batches = marketWith().live(reached({ A: HISTORY, B: HISTORY }), () => 1, stop.signal);
  assert.equal((await batches.next()).value?.liveBars, 1);
  stop.abort();
  await assert.rejects(batches.next(), { name: "AbortError" });
});

Deno.test("ReplayedMarket.history() gives a long history in pages, each bar once", async () => {
  const long = feedWith(4_600, ["A"]);
  const schedule = new Schedule(long, { bootstrapShare: 0.99 });
  const market = new ReplayedMarket({ feed: long, schedule, speed: "max", clock: new ManualClock() });
  const pages = await Array.fromAsync(market.history(new Map(), signal), ({ bars }) => bars.get("A")!);
  assert.deepEqual(pages.map(({ length }) => length), [2_000, 2_000, 554]);
  assert.deepEqual(pages.flat(), [...long.bars("A")].slice(0, 4_554));
});
