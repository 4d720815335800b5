import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bar } from "../contracts/bar.ts";
import { SessionDays } from "../market/session_days.ts";
import { CALENDAR_SOURCES } from "./calendar_sources.ts";

type Name = keyof typeof CALENDAR_SOURCES;

const at = (text: string) => Date.parse(`${text}:00Z`);

function read(name: Name, openTimeMs: number, days?: SessionDays): number {
  const bar: Bar = { openTimeMs, open: 1, high: 1, low: 1, close: 1, volume: 1 };
  return CALENDAR_SOURCES[name].start({}, undefined, days)(bar) ?? NaN;
}

/** The angle of a pair in steps of the circle, e.g. hours. */
function steps(what: "hour" | "weekday" | "month", text: string, days?: SessionDays): number {
  const count = { hour: 24, weekday: 7, month: 12 }[what];
  const [sine, cosine] = [read(`${what}_sin`, at(text), days), read(`${what}_cos`, at(text), days)];
  const turn = Math.atan2(sine, cosine) / (2 * Math.PI);
  return Math.round((turn < -1e-9 ? turn + 1 : turn) * count * 1e6) / 1e6;
}

Deno.test("hour, weekday and month are those of UTC where nothing else is said", () => {
  for (const days of [undefined, new SessionDays()]) {
    assert.equal(steps("hour", "2024-03-10T23:30", days), 23.5);
    assert.equal(steps("weekday", "2024-03-10T23:30", days), 0);
    assert.equal(steps("month", "2024-12-31T23:59", days), 11);
  }
});

Deno.test("hour follows New York's clock through both changes, and Kolkata's by half an hour", () => {
  const newYork = new SessionDays("America/New_York");
  const hours = (from: string, count: number) =>
    Array.from(
      { length: count },
      (_, hour) => steps("hour", new Date(at(from) + hour * 3_600_000).toISOString().slice(0, 16), newYork),
    );
  assert.deepEqual(hours("2024-03-10T05:00", 4), [0, 1, 3, 4]);
  assert.deepEqual(hours("2024-11-03T04:00", 4), [0, 1, 1, 2]);
  // The open of the exchange is the same hour in winter and in summer.
  assert.equal(steps("hour", "2024-01-08T14:30", newYork), 9.5);
  assert.equal(steps("hour", "2024-07-08T13:30", newYork), 9.5);
  assert.equal(steps("hour", "2024-07-08T03:45", new SessionDays("Asia/Kolkata")), 9.25);
});

Deno.test("weekday is the session's: FX is Monday's from Sunday 17:00 in New York, in winter and in summer", () => {
  const fx = new SessionDays("America/New_York", "17:00");
  assert.equal(steps("weekday", "2024-01-07T21:45", fx), 0);
  assert.equal(steps("weekday", "2024-01-07T22:00", fx), 1);
  assert.equal(steps("hour", "2024-01-07T22:00", fx), 0);
  assert.equal(steps("weekday", "2024-07-07T20:45", fx), 0);
  assert.equal(steps("weekday", "2024-07-07T21:00", fx), 1);
  assert.equal(steps("weekday", "2024-07-05T20:45", fx), 5);
  // A session from the morning on holds the night after it.
  const morning = new SessionDays("America/New_York", "09:30");
  assert.equal(steps("weekday", "2024-07-08T13:15", morning), 0);
  assert.equal(steps("weekday", "2024-07-08T13:30", morning), 1);
  assert.equal(steps("month", "2024-07-31T21:00", fx), 7);
});

Deno.test("weekday of a day's bar is that day's, though it begins on the day before in UTC", () => {
  const berlin = new SessionDays("Europe/Berlin");
  const monday = berlin.barAt(at("2024-07-08T12:00"), 86_400_000).openMs;
  assert.equal(new Date(monday).toISOString(), "2024-07-07T22:00:00.000Z");
  assert.equal(read("weekday_sin", monday, berlin), Math.sin(2 * Math.PI / 7));
});

Deno.test("hour and weekday are those of Intl's clock, in every zone at any time", () => {
  const zones = ["America/New_York", "Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: at("1990-01-01T00:00"), max: at("2030-01-01T00:00") }),
      (timeZone, timeMs) => {
        const minute = Math.floor(timeMs / 60_000) * 60_000;
        const parts = new Intl.DateTimeFormat("en-GB", {
          timeZone,
          ...{ weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false } as const,
        }).formatToParts(minute);
        const part = (type: string) => parts.find((each) => each.type === type)!.value;
        const hour = (Number(part("hour")) % 24 + Number(part("minute")) / 60) / 24;
        const weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(part("weekday")) / 7;
        const days = new SessionDays(timeZone);
        assert.equal(read("hour_sin", minute, days), Math.sin(2 * Math.PI * hour));
        assert.equal(read("hour_cos", minute, days), Math.cos(2 * Math.PI * hour));
        assert.equal(read("weekday_sin", minute, days), Math.sin(2 * Math.PI * weekday));
        assert.equal(read("weekday_cos", minute, days), Math.cos(2 * Math.PI * weekday));
      },
    ),
    { seed: 7, numRuns: 1_000 },
  );
});
