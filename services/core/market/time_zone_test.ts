import assert from "node:assert/strict";
import fc from "fast-check";
import { TimeZone } from "./time_zone.ts";

const at = (text: string) => Date.parse(`${text}Z`);
const newYork = new TimeZone("America/New_York");
/** Moments of rows whose wall clock shows these times, in this order. */
const read = (zone: TimeZone, walls: readonly string[]) => {
  let [lastMs, isFalling] = [-1, false];
  return walls.map((wall) => {
    const timeMs = zone.utcMs(at(wall), lastMs, isFalling);
    if (lastMs >= 0 && timeMs !== lastMs) isFalling = timeMs < lastMs;
    lastMs = timeMs;
    return new Date(timeMs).toISOString().slice(0, 16);
  });
};

Deno.test("TimeZone.utcMs() follows summer and winter", () => {
  assert.deepEqual(read(newYork, ["2021-01-04T09:30", "2021-07-01T09:30"]), [
    "2021-01-04T14:30",
    "2021-07-01T13:30",
  ]);
  assert.deepEqual(read(new TimeZone("UTC"), ["2021-03-14T02:30"]), ["2021-03-14T02:30"]);
  assert.deepEqual(read(new TimeZone("Asia/Kolkata"), ["2021-01-04T09:15"]), ["2021-01-04T03:45"]);
});

Deno.test("TimeZone.utcMs() moves a time that the clock skipped on by what it was put forward", () => {
  assert.deepEqual(
    read(newYork, ["2021-03-14T01:59", "2021-03-14T02:30", "2021-03-14T03:30"]),
    ["2021-03-14T06:59", "2021-03-14T07:30", "2021-03-14T07:30"],
  );
});

Deno.test("TimeZone.utcMs() takes an hour that comes twice in the order of the rows", () => {
  const walls = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"].map((time) => `2021-11-07T${time}`);
  const moments = ["04:30", "05:00", "05:30", "06:00", "06:30", "07:00"].map((time) => `2021-11-07T${time}`);
  assert.deepEqual(read(newYork, walls), moments);
  const down = ["03:00", ...walls.map((wall) => wall.slice(11)).toReversed()].map((time) =>
    `2021-11-07T${time}`
  );
  assert.deepEqual(read(newYork, down), ["2021-11-07T08:00", ...moments.toReversed()]);
});

Deno.test("TimeZone refuses a zone that there is none of", () => {
  assert.throws(() => new TimeZone("Mars/Olympus"), RangeError);
});

Deno.test("TimeZone.utcMs() undoes offsetMs() in every zone, but for an hour that comes twice", () => {
  const zones = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Tokyo", "America/St_Johns"]
    .map((name) => new TimeZone(name));
  const moment = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2040, 0, 1) });
  fc.assert(
    fc.property(fc.constantFrom(...zones), moment, (zone, utcMs) => {
      const wallMs = utcMs + zone.offsetMs(utcMs);
      assert.equal(zone.utcMs(wallMs, utcMs - 1, false), utcMs);
      assert.equal(zone.utcMs(wallMs, utcMs + 1, true), utcMs);
    }),
    { numRuns: 2_000 },
  );
});
