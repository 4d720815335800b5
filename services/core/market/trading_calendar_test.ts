import assert from "node:assert/strict";
import fc from "fast-check";
import type { CalendarKind } from "../config/instruments_config.ts";
import { TimeZone } from "./time_zone.ts";
import { TradingCalendar } from "./trading_calendar.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text: string) => Date.parse(text.length > 10 ? `${text}Z` : text);
/** Shows a calendar these times, and gives the missing ones before each, as text. */
function gaps(kind: CalendarKind, timeframe: string, times: readonly number[], zone = "UTC"): string[] {
  const calendar = new TradingCalendar(kind, timeframe, new TimeZone(zone));
  const found: string[] = [];
  times.forEach((timeMs, index) => {
    const gap = index === 0 ? null : calendar.gap(times[index - 1], timeMs);
    calendar.seen(timeMs);
    if (gap === null) return;
    assert.equal(gap.times.length, gap.bars);
    found.push(
      `${gap.bars}: ${gap.times.map((time) => new Date(time).toISOString().slice(0, 16)).join(" ")}`,
    );
  });
  return found;
}
/** Every time of a timeframe in so many days from a Monday on. */
const every = (stepMs: number, days: number) =>
  Array.from({ length: days * DAY / stepMs }, (_, index) => at("2021-01-04") + index * stepMs);
const without = (times: readonly number[], ...texts: string[]) => {
  const left = texts.map(at);
  return times.filter((timeMs) => !left.includes(timeMs));
};

Deno.test("TradingCalendar.gap() expects every bar where the market never closes", () => {
  assert.deepEqual(gaps("24x7", "1d", without(every(DAY, 20), "2021-01-09", "2021-01-10")), [
    "2: 2021-01-09T00:00 2021-01-10T00:00",
  ]);
});

Deno.test("TradingCalendar.gap() takes a bar that is a little late for no gap", () => {
  const times = every(DAY, 5).map((timeMs, index) => timeMs + (index === 3 ? HOUR : 0));
  assert.deepEqual(gaps("24x7", "1d", times), []);
});

Deno.test("TradingCalendar.gap() expects no weekend by weekdays, in the instrument's own time", () => {
  const week = every(DAY, 21).filter((timeMs) => new Date(timeMs).getUTCDay() % 6 !== 0);
  assert.deepEqual(gaps("weekdays", "1d", week), []);
  assert.deepEqual(gaps("weekdays", "1d", without(week, "2021-01-12")), ["1: 2021-01-12T00:00"]);
  // Midnight in Tokyo is the day before in UTC: its Saturday has begun on Friday, 15:00.
  const hours = every(HOUR, 14).map((timeMs) => timeMs - 9 * HOUR)
    .filter((timeMs) => new Date(timeMs + 9 * HOUR).getUTCDay() % 6 !== 0);
  assert.deepEqual(gaps("weekdays", "1h", hours, "Asia/Tokyo"), []);
  assert.ok(gaps("weekdays", "1h", hours, "UTC").length > 0);
});

Deno.test("TradingCalendar.gap() learns the sessions of a week from data, and then misses a bar", () => {
  const sessions = every(HOUR, 60).filter((timeMs) =>
    new Date(timeMs).getUTCDay() % 6 !== 0 && timeMs % DAY >= 14 * HOUR && timeMs % DAY < 21 * HOUR
  );
  assert.deepEqual(gaps("from-data", "1h", sessions), []);
  assert.deepEqual(gaps("from-data", "1h", without(sessions, "2021-01-06T16:00")), []);
  assert.deepEqual(gaps("from-data", "1h", without(sessions, "2021-02-10T16:00", "2021-02-10T17:00")), [
    "2: 2021-02-10T16:00 2021-02-10T17:00",
  ]);
});

Deno.test("TradingCalendar.gap() takes up to four days without a bar for holidays, from data", () => {
  const days = every(DAY, 90).filter((timeMs) => new Date(timeMs).getUTCDay() % 6 !== 0);
  const closed = ["2021-03-01", "2021-03-02", "2021-03-03", "2021-03-04"];
  assert.deepEqual(gaps("from-data", "1d", without(days, ...closed)), []);
  assert.deepEqual(gaps("from-data", "1d", without(days, ...closed, "2021-03-05")), [
    `5: ${[...closed, "2021-03-05"].map((day) => `${day}T00:00`).join(" ")}`,
  ]);
});

Deno.test("TradingCalendar.gap() keeps to the wall clock when it is changed", () => {
  const zone = new TimeZone("America/New_York");
  const sessions = every(HOUR, 120).filter((timeMs) => {
    const wall = timeMs + zone.offsetMs(timeMs);
    return new Date(wall).getUTCDay() % 6 !== 0 && wall % DAY >= 10 * HOUR && wall % DAY < 16 * HOUR;
  });
  assert.deepEqual(gaps("from-data", "1h", sessions, "America/New_York"), []);
  assert.ok(gaps("from-data", "1h", sessions, "UTC").length > 0);
});

Deno.test("TradingCalendar.gap() counts a gap of years in moments", () => {
  const calendar = new TradingCalendar("24x7", "1m", new TimeZone("UTC"));
  assert.equal(calendar.gap(0, at("2021-01-04"))?.bars, 50_000);
});

Deno.test("TradingCalendar.gap() names times between both bars, in order, whatever came before", () => {
  const kind = fc.constantFrom<CalendarKind>("24x7", "weekdays", "from-data");
  const steps = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 2, maxLength: 60 });
  fc.assert(fc.property(kind, steps, (calendarKind, hours) => {
    const calendar = new TradingCalendar(calendarKind, "1h", new TimeZone("Europe/London"));
    let lastMs = at("2021-03-20");
    for (const hour of hours) {
      const timeMs = lastMs + hour * HOUR;
      const times = calendar.gap(lastMs, timeMs)?.times ?? [];
      [lastMs, ...times, timeMs].reduce((before, time) => (assert.ok(time > before), time));
      calendar.seen(timeMs);
      lastMs = timeMs;
    }
  }));
});
