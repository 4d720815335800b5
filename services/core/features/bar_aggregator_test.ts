import assert from "node:assert/strict";
import type { Bar } from "../contracts/bar.ts";
import { BarAggregator } from "./bar_aggregator.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONDAY_MS = Date.UTC(2024, 0, 1);

/** A bar that opens so many hours after Monday. */
function hourBar(hour: number, price = 100 + hour): Bar {
  return {
    openTimeMs: MONDAY_MS + hour * HOUR_MS,
    open: price,
    high: price + 2,
    low: price - 1,
    close: price + 1,
    volume: 10,
  };
}

/** The days that close with each bar. */
function daysOf(hours: readonly number[], aggregator = new BarAggregator(DAY_MS, HOUR_MS)): Bar[][] {
  return hours.map((hour) => {
    const closed: Bar[] = [];
    aggregator.push(hourBar(hour), (bar) => closed.push(bar));
    return closed;
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

Deno.test("BarAggregator gives a day with the close of its last hour, and never before", () => {
  const days = daysOf(range(0, 72));
  const closings = days.flatMap((closed, hour) => closed.map((bar) => [hour, bar] as const));
  assert.deepEqual(closings.map(([hour]) => hour), [47, 71]);
  assert.deepEqual(closings[0]?.[1], {
    openTimeMs: MONDAY_MS + DAY_MS,
    open: 124,
    high: 149,
    low: 123,
    close: 148,
    volume: 240,
  });
});

Deno.test("BarAggregator leaves the first day out, wherever in it the history starts", () => {
  const whole = daysOf(range(0, 100)).flat();
  const late = daysOf(range(7, 100)).flat();
  assert.deepEqual(late, whole);
});

Deno.test("BarAggregator closes a day whose last hours are missing with the next bar of any later day", () => {
  const days = daysOf([...range(0, 24), ...range(33, 40), 62, 63, 71 + 24, 96]);
  const closed = days.flatMap((bars, index) =>
    bars.map((bar) => [index, (bar.openTimeMs - MONDAY_MS) / DAY_MS])
  );
  // Day 1 closes with the first bar of day 2; day 2 with the only bar of day 3, which closes day 3 at once.
  assert.deepEqual(closed, [[31, 1], [33, 2], [33, 3]]);
});

Deno.test("BarAggregator lets a bar that comes after its day was closed change nothing", () => {
  const aggregator = new BarAggregator(DAY_MS, HOUR_MS);
  daysOf(range(0, 48), aggregator);
  assert.deepEqual(daysOf([47.5], aggregator).flat(), []);
  assert.deepEqual(daysOf(range(48, 72), aggregator).flat().length, 1);
});

Deno.test("BarAggregator starts weeks on Monday", () => {
  const weeks: Bar[] = [];
  const aggregator = new BarAggregator(7 * DAY_MS, DAY_MS);
  for (const day of range(0, 28)) {
    aggregator.push({ ...hourBar(day), openTimeMs: MONDAY_MS + day * DAY_MS }, (bar) => weeks.push(bar));
  }
  assert.deepEqual(weeks.map((bar) => new Date(bar.openTimeMs).getUTCDay()), [1, 1, 1]);
  assert.equal(weeks[0]?.openTimeMs, MONDAY_MS + 7 * DAY_MS);
});
