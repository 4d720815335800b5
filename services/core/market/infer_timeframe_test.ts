import assert from "node:assert/strict";
import { Timeframe } from "../contracts/symbol.ts";
import { BarSeriesBuilder } from "./bar_series.ts";
import { inferTimeframe } from "./infer_timeframe.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

function seriesAt(times: readonly number[]): BarSeriesBuilder {
  const series = new BarSeriesBuilder();
  for (const openTimeMs of times) {
    series.append({ openTimeMs, open: 1, high: 1, low: 1, close: 1, volume: 0 });
  }
  return series;
}
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
    assert.deepEqual(inferTimeframe([seriesAt(every(ms))]), { timeframe });
    assert.ok(Timeframe.safeParse(timeframe).success);
  }
});

Deno.test("inferTimeframe() takes no weekend, holiday or night for the timeframe", () => {
  const weekdays = every(DAY, 100).filter((timeMs) => (timeMs / DAY) % 7 < 5);
  assert.deepEqual(inferTimeframe([seriesAt(weekdays)]), { timeframe: "1d" });
  const sessions = every(30 * MINUTE, 2_000).filter((timeMs) => timeMs % DAY < 390 * MINUTE);
  assert.deepEqual(inferTimeframe([seriesAt(sessions)]), { timeframe: "30m" });
});

Deno.test("inferTimeframe() looks at all symbols", () => {
  const series = [seriesAt(every(DAY, 3)), seriesAt(every(60 * MINUTE, 20))];
  assert.deepEqual(inferTimeframe(series), { timeframe: "1h" });
});

Deno.test("inferTimeframe() refuses spacings that no timeframe names", () => {
  assert.deepEqual(inferTimeframe([seriesAt(every(1_000))]), {
    fault: "the median time between bars must be whole minutes, hours or days: it is 1000 ms",
  });
});
