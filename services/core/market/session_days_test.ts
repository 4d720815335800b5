import assert from "node:assert/strict";
import fc from "fast-check";
import { Instruments } from "../config/instruments_config.ts";
import { barOpenMs } from "../contracts/bar_grid.ts";
import { timeframeMs } from "../contracts/symbol.ts";
import { SessionDays, sessionDaysOf, UTC_DAYS } from "./session_days.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string) => Date.parse(`${text}:00Z`);
const iso = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 16);

/** The bars from one moment to another: where each begins, and how many hours it has. */
function bars(days: SessionDays, timeframe: string, from: string, until: string): string[] {
  const found: string[] = [];
  for (let timeMs = at(from); timeMs < at(until);) {
    const { openMs, endMs } = days.barAt(timeMs, timeframeMs(timeframe));
    found.push(`${iso(openMs)} ${(endMs - openMs) / HOUR}`);
    timeMs = endMs;
  }
  return found;
}

Deno.test("SessionDays have 23 and 25 hours in Berlin where the clock is put", () => {
  const berlin = new SessionDays("Europe/Berlin");
  assert.deepEqual(bars(berlin, "1d", "2024-03-29T23:00", "2024-04-01T22:00"), [
    "2024-03-29T23:00 24",
    "2024-03-30T23:00 23",
    "2024-03-31T22:00 24",
  ]);
  assert.deepEqual(bars(berlin, "1d", "2024-10-25T22:00", "2024-10-28T23:00"), [
    "2024-10-25T22:00 24",
    "2024-10-26T22:00 25",
    "2024-10-27T23:00 24",
  ]);
});

Deno.test("SessionDays begin at midnight in New York and at half past six in Kolkata's UTC", () => {
  const newYork = new SessionDays("America/New_York");
  assert.deepEqual(bars(newYork, "1d", "2024-03-09T05:00", "2024-03-11T12:00"), [
    "2024-03-09T05:00 24",
    "2024-03-10T05:00 23",
    "2024-03-11T04:00 24",
  ]);
  assert.deepEqual(bars(newYork, "1d", "2024-11-03T04:00", "2024-11-04T12:00"), [
    "2024-11-03T04:00 25",
    "2024-11-04T05:00 24",
  ]);
  assert.deepEqual(bars(new SessionDays("Asia/Kolkata"), "1d", "2024-03-10T18:30", "2024-03-11T19:00"), [
    "2024-03-10T18:30 24",
    "2024-03-11T18:30 24",
  ]);
});

Deno.test("SessionDays have weeks from the exchange's Monday, an hour shorter or longer with the clock", () => {
  const newYork = new SessionDays("America/New_York");
  assert.deepEqual(bars(newYork, "1w", "2024-03-04T05:00", "2024-03-18T04:00"), [
    "2024-03-04T05:00 167",
    "2024-03-11T04:00 168",
  ]);
  assert.deepEqual(bars(newYork, "1w", "2024-11-01T00:00", "2024-11-04T06:00")[0], "2024-10-28T04:00 169");
});

Deno.test("SessionDays lay bars of hours on the grid of the wall clock: one is shorter, one longer with the clock", () => {
  const berlin = new SessionDays("Europe/Berlin");
  assert.deepEqual(bars(berlin, "4h", "2024-03-30T23:00", "2024-03-31T22:00"), [
    "2024-03-30T23:00 3",
    "2024-03-31T02:00 4",
    "2024-03-31T06:00 4",
    "2024-03-31T10:00 4",
    "2024-03-31T14:00 4",
    "2024-03-31T18:00 4",
  ]);
  assert.deepEqual(bars(berlin, "12h", "2024-10-26T22:00", "2024-10-27T23:00"), [
    "2024-10-26T22:00 13",
    "2024-10-27T11:00 12",
  ]);
  // From 02:30 on, the clock shows half an hour, and then the whole hour again.
  assert.deepEqual(bars(berlin, "30m", "2024-10-27T00:00", "2024-10-27T02:30"), [
    "2024-10-27T00:00 0.5",
    "2024-10-27T00:30 1.5",
    "2024-10-27T02:00 0.5",
  ]);
  assert.deepEqual(bars(berlin, "30m", "2024-03-31T00:30", "2024-03-31T01:30"), [
    "2024-03-31T00:30 0.5",
    "2024-03-31T01:00 0.5",
  ]);
});

Deno.test("SessionDays that start at 17:00 in New York hold Sunday evening in Monday, and Friday ends at 17:00", () => {
  const fx = new SessionDays("America/New_York", "17:00");
  assert.deepEqual(bars(fx, "1d", "2024-03-07T22:00", "2024-03-11T22:00"), [
    "2024-03-07T22:00 24", // Friday's
    "2024-03-08T22:00 24",
    "2024-03-09T22:00 23", // Sunday's, in which the clock is put forward
    "2024-03-10T21:00 24", // Monday's
    "2024-03-11T21:00 24",
  ]);
  assert.deepEqual(bars(fx, "1w", "2024-03-11T00:00", "2024-03-11T01:00"), ["2024-03-10T21:00 168"]);
  const morning = new SessionDays("America/New_York", "09:30");
  assert.deepEqual(bars(morning, "1w", "2024-06-05T00:00", "2024-06-05T01:00"), ["2024-06-03T13:30 168"]);
});

Deno.test("SessionDays begin when the clock goes on, where it skips midnight or a whole day", () => {
  assert.deepEqual(bars(new SessionDays("Africa/Cairo"), "1d", "2024-04-24T22:00", "2024-04-26T21:00"), [
    "2024-04-24T22:00 24",
    "2024-04-25T22:00 23",
  ]);
  // Samoa had no 30 December 2011.
  assert.deepEqual(bars(new SessionDays("Pacific/Apia"), "1d", "2011-12-29T10:00", "2011-12-31T10:00"), [
    "2011-12-29T10:00 24",
    "2011-12-30T10:00 24",
  ]);
});

Deno.test("SessionDays.barAt() of any moment is a bar that holds it, and that its first and last moment name too", () => {
  const zones = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
  ];
  const starts = ["00:00", "09:30", "17:00"];
  const lengths = ["15m", "1h", "90m", "4h", "1d", "2d", "1w"].map(timeframeMs);
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...starts),
      fc.constantFrom(...lengths),
      fc.integer({ min: at("2000-01-01T00:00"), max: at("2030-01-01T00:00") }),
      (zone, start, lengthMs, timeMs) => {
        const days = new SessionDays(zone, start);
        const bar = days.barAt(timeMs, lengthMs);
        assert.ok(bar.openMs <= timeMs && timeMs < bar.endMs, `${zone} ${timeMs}`);
        assert.ok(Math.abs(bar.endMs - bar.openMs - lengthMs) <= HOUR);
        assert.deepEqual(days.barAt(bar.openMs, lengthMs), bar);
        assert.deepEqual(days.barAt(bar.endMs - 1, lengthMs), bar);
        assert.equal(days.barAt(bar.endMs, lengthMs).openMs, bar.endMs);
      },
    ),
    { seed: 5, numRuns: 400 },
  );
});

Deno.test("UTC_DAYS are the grid of bars", () => {
  for (const timeframe of ["5m", "4h", "1d", "1w"]) {
    const stepMs = timeframeMs(timeframe);
    const openMs = barOpenMs(at("2024-03-31T01:23"), stepMs);
    assert.deepEqual(UTC_DAYS.barAt(at("2024-03-31T01:23"), stepMs), { openMs, endMs: openMs + stepMs });
  }
  assert.equal(UTC_DAYS.name, "UTC");
});

Deno.test("sessionDaysOf() follows the instrument where bars are shorter than a day, which are named by dates else", () => {
  const instruments = Instruments.parse([
    { symbols: "EUR*", timezone: "America/New_York", session_start: "17:00" },
  ]);
  assert.equal(sessionDaysOf(instruments, "EURUSD", "1h").name, "America/New_York 17:00");
  assert.equal(sessionDaysOf(instruments, "EURUSD", "1d"), UTC_DAYS);
  assert.equal(sessionDaysOf(instruments, "SPX", "1h").name, "UTC");
});
