import assert from "node:assert/strict";
import type { Bar } from "../contracts/bar.ts";
import { SessionDays } from "../market/session_days.ts";
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

const NEW_YORK = new SessionDays("America/New_York");

/** With which hour each local day closes, its open, its hours by volume and its close; hours by their UTC time. */
function localDays(days: SessionDays, from: string, hours: number, minute = 0): string[] {
  const aggregator = new BarAggregator(DAY_MS, HOUR_MS, days);
  const startMs = Date.parse(`${from}:00Z`) + minute * 60_000;
  const iso = (timeMs: number) => new Date(timeMs).toISOString().slice(5, 16);
  return range(0, hours).flatMap((hour) => {
    const closed: string[] = [];
    const bar = { ...hourBar(0, 100 + hour), openTimeMs: startMs + hour * HOUR_MS, volume: 1 };
    aggregator.push(bar, (day) =>
      closed.push(
        `${iso(bar.openTimeMs)}: ${iso(day.openTimeMs)} ${day.volume} h ${day.open} ${day.close}`,
      ));
    return closed;
  });
}

Deno.test("BarAggregator closes a New York day at its midnight, the day of 23 hours an hour earlier", () => {
  assert.deepEqual(localDays(NEW_YORK, "2024-03-08T12:00", 24 * 5), [
    "03-10T04:00: 03-09T05:00 24 h 117 141",
    "03-11T03:00: 03-10T05:00 23 h 141 164",
    "03-12T03:00: 03-11T04:00 24 h 164 188",
    "03-13T03:00: 03-12T04:00 24 h 188 212",
  ]);
});

Deno.test("BarAggregator closes the day of 25 hours with its last hour, not with its 24th", () => {
  assert.deepEqual(localDays(new SessionDays("Europe/Berlin"), "2024-10-26T12:00", 24 * 3), [
    "10-27T22:00: 10-26T22:00 25 h 110 135",
    "10-28T22:00: 10-27T23:00 24 h 135 159",
  ]);
});

Deno.test("BarAggregator counts a bar over midnight to the day in which it opens: whole hours in Kolkata", () => {
  const kolkata = new SessionDays("Asia/Kolkata");
  assert.deepEqual(localDays(kolkata, "2024-03-09T12:00", 60), [
    "03-10T18:00: 03-09T18:30 24 h 107 131",
    "03-11T18:00: 03-10T18:30 24 h 131 155",
  ]);
  assert.deepEqual(
    localDays(kolkata, "2024-03-09T12:00", 60, 30)[0],
    "03-10T17:30: 03-09T18:30 24 h 106 130",
  );
});

Deno.test("BarAggregator restored in the middle of a day on which the clock is put closes it as if uninterrupted", () => {
  const startMs = Date.UTC(2024, 2, 8);
  const bars = range(0, 24 * 5).map((hour) => ({ ...hourBar(hour), openTimeMs: startMs + hour * HOUR_MS }));
  const whole = new BarAggregator(DAY_MS, HOUR_MS, NEW_YORK);
  const days: Bar[][] = bars.map((bar) => {
    const closed: Bar[] = [];
    whole.push(bar, (day) => closed.push(day));
    return closed;
  });
  for (const cut of range(1, bars.length)) {
    const before = new BarAggregator(DAY_MS, HOUR_MS, NEW_YORK);
    for (const bar of bars.slice(0, cut)) before.push(bar, () => {});
    const values: number[] = [];
    before.snapshot((value) => values.push(value));
    const after = new BarAggregator(DAY_MS, HOUR_MS, NEW_YORK);
    after.restore(() => values.shift()!);
    const closed: Bar[] = [];
    for (const bar of bars.slice(cut)) after.push(bar, (day) => closed.push(day));
    assert.deepEqual(closed, days.slice(cut).flat(), `after ${cut} hours`);
  }
});
