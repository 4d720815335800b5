import assert from "node:assert/strict";
import { Timeframe } from "../contracts/symbol.ts";
import { inferTimeframe } from "./infer_timeframe.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

/** Symbols A, B, … with these open times. */
const symbolsAt = (...all: (readonly number[])[]) =>
  new Map(all.map((times, index) => [
    String.fromCharCode(65 + index),
    { length: times.length, openTimeMs: (at: number) => times[at] },
  ]));
const every = (ms: number, count = 50) => Array.from({ length: count }, (_, index) => index * ms);

Deno.test("inferTimeframe() names even spacings with the largest unit", () => {
  const cases: [number, string][] = [
    [MINUTE, "1m"],
    [15 * MINUTE, "15m"],
    [60 * MINUTE, "1h"],
    [90 * MINUTE, "90m"],
    [DAY, "1d"],
    [7 * DAY, "1w"],
  ];
  for (const [ms, timeframe] of cases) {
    assert.deepEqual(inferTimeframe(symbolsAt(every(ms))), { timeframe });
    assert.ok(Timeframe.safeParse(timeframe).success);
  }
});

Deno.test("inferTimeframe() takes no weekend, holiday or night for the timeframe", () => {
  const weekdays = every(DAY, 100).filter((timeMs) => (timeMs / DAY) % 7 < 5);
  assert.deepEqual(inferTimeframe(symbolsAt(weekdays)), { timeframe: "1d" });
  const sessions = every(30 * MINUTE, 2_000).filter((timeMs) => timeMs % DAY < 390 * MINUTE);
  assert.deepEqual(inferTimeframe(symbolsAt(sessions)), { timeframe: "30m" });
});

Deno.test("inferTimeframe() reads times in any order, and passes over what is none or doubled", () => {
  const times = every(DAY, 20).toReversed().flatMap((timeMs) => [timeMs, timeMs, NaN]);
  assert.deepEqual(inferTimeframe(symbolsAt(times)), { timeframe: "1d" });
});

Deno.test("inferTimeframe() takes symbols with gaps, and refuses one with bars of another length", () => {
  const sparse = every(60 * MINUTE, 300).filter((_, index) => index % 7 < 2);
  assert.deepEqual(inferTimeframe(symbolsAt(every(60 * MINUTE), sparse)), { timeframe: "1h" });
  const fault = (length: string) =>
    `the bars of all symbols must be of one length, which by the median is 1h: those of B are ${length} apart`;
  assert.deepEqual(inferTimeframe(symbolsAt(every(60 * MINUTE), every(DAY, 30))), { fault: fault("1d") });
  assert.deepEqual(inferTimeframe(symbolsAt(every(60 * MINUTE), every(5 * MINUTE, 20))), {
    fault: fault("5m"),
  });
});

Deno.test("inferTimeframe() refuses spacings that no timeframe names", () => {
  assert.deepEqual(inferTimeframe(symbolsAt(every(1_000))), {
    fault: "the median time between bars must be whole minutes, hours or days: it is 1000 ms",
  });
});
