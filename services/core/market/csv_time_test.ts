import assert from "node:assert/strict";
import fc from "fast-check";
import { lacksZone, parseCsvTime } from "./csv_time.ts";

const NOON = Date.UTC(2021, 1, 3, 12, 34, 56);

Deno.test("parseCsvTime() reads dates, times with and without a zone, and epochs", () => {
  const cases: [string, number][] = [
    ["2021-02-03", Date.UTC(2021, 1, 3)],
    ["2021/02/03", Date.UTC(2021, 1, 3)],
    ["2021.02.03", Date.UTC(2021, 1, 3)],
    ["20210203", Date.UTC(2021, 1, 3)],
    [" 2021-02-03 ", Date.UTC(2021, 1, 3)],
    ["2020-02-29", Date.UTC(2020, 1, 29)],
    ["2021-02-03 12:34", NOON - 56_000],
    ["2021-02-03 12:34:56", NOON],
    ["2021-02-03T12:34:56Z", NOON],
    ["2021-02-03 12:34:56 UTC", NOON],
    ["2021-02-03T12:34:56.7", NOON + 700],
    ["2021-02-03T12:34:56.789123456Z", NOON + 789],
    ["2021-02-03T12:34:56+02:00", NOON - 7_200_000],
    ["2021-02-03 12:34:56-0530", NOON + 19_800_000],
    ["2021-02-03 12:34:56+01", NOON - 3_600_000],
    ["20210203 123456", NOON],
    [`${NOON / 1_000}`, NOON],
    [`${NOON / 1_000}.0`, NOON],
    [`${NOON}`, NOON],
    [`${NOON}000`, NOON],
    ["100000000", 100_000_000_000],
    ["1970-01-01", 0],
  ];
  for (const [cell, expected] of cases) assert.equal(parseCsvTime(cell), expected, cell);
});

Deno.test("parseCsvTime() refuses what is no time, or not for sure", () => {
  const noTimes = ["", "yesterday", "03/02/2021", "2021-2-3", "2021-02/03", "1e12", "-1612355696", "NaN"];
  const noSuchTimes = ["2021-13-01", "2021-02-30", "2021-02-29", "2021-02-03 24:00", "2021-02-03 12:60"];
  const tooEarlyOrLate = ["1969-12-31", "12345", "99999999999999999"];
  const digitsOfDates = ["202101041030", "20210104103000", "0071-01-01"];
  const noWholeMillisecond = ["1612355696123456"];
  for (
    const cell of [...noTimes, ...noSuchTimes, ...tooEarlyOrLate, ...digitsOfDates, ...noWholeMillisecond]
  ) {
    assert.ok(Number.isNaN(parseCsvTime(cell)), cell);
  }
});

Deno.test("parseCsvTime() reads back every time that JavaScript writes", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) }), (timeMs) => {
    assert.equal(parseCsvTime(new Date(timeMs).toISOString()), timeMs);
  }));
});

Deno.test("lacksZone() tells where UTC is assumed", () => {
  assert.ok(lacksZone("2021-02-03 12:34"));
  for (const cell of ["2021-02-03 12:34Z", "2021-02-03 12:34+02:00", "2021-02-03", "1612355696"]) {
    assert.ok(!lacksZone(cell), cell);
  }
});
