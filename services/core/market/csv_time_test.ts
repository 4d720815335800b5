import assert from "node:assert/strict";
import fc from "fast-check";
import { CsvTimes, parseCsvTime } from "./csv_time.ts";
import { TimeZone } from "./time_zone.ts";

const NOON = Date.UTC(2021, 1, 3, 12, 34, 56);

Deno.test("parseCsvTime() reads dates, times with and without a zone, and epochs", () => {
  const cases: [string, number][] = [
    ["2021-02-03", Date.UTC(2021, 1, 3)],
    ["2021/02/03", Date.UTC(2021, 1, 3)],
    ["2021.02.03", Date.UTC(2021, 1, 3)],
    ["20210203", Date.UTC(2021, 1, 3)],
    ["03.02.2021", Date.UTC(2021, 1, 3)],
    ["03.02.2021 12:34:56.000", NOON],
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
    [`${NOON + 789}000000`, NOON + 789],
    ["1612355696789000000.0", 1_612_355_696_789],
    ["0631152000001000000", 631_152_000_001],
    ["100000000", 100_000_000_000],
    ["1970-01-01", 0],
  ];
  for (const [cell, expected] of cases) assert.equal(parseCsvTime(cell), expected, cell);
});

Deno.test("parseCsvTime() refuses what is no time, or not for sure", () => {
  const noTimes = [
    "",
    "yesterday",
    "03/02/2021",
    "2021-2-3",
    "2021-02/03",
    "3.2.2021",
    "03.02.21",
    "1e12",
    "-1612355696",
    "NaN",
  ];
  const noSuchTimes = [
    "2021-13-01",
    "2021-02-30",
    "2021-02-29",
    "31.02.2021",
    "2021-02-03 24:00",
    "2021-02-03 12:60",
  ];
  const tooEarlyOrLate = ["1969-12-31", "12345", "99999999999999999"];
  const digitsOfDates = ["202101041030", "20210104103000", "0071-01-01"];
  const noWholeMillisecond = ["1612355696123456", "1612355696123456789"];
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

const START = { lastMs: -1, isFalling: false };

Deno.test("CsvTimes.read() takes a time without a zone as its zone's, and a date as a day's name", () => {
  const times = new CsvTimes(new TimeZone("America/New_York"));
  const read = (cell: string) => new Date(times.read(cell, START)).toISOString();
  assert.equal(read("2021-02-03"), "2021-02-03T00:00:00.000Z");
  assert.equal(read("2021-02-03 12:34Z"), "2021-02-03T12:34:00.000Z");
  assert.equal(read("1612355696"), "2021-02-03T12:34:56.000Z");
  assert.equal(times.zoneTaken, false);
  assert.equal(read("2021-02-03 12:34"), "2021-02-03T17:34:00.000Z");
  assert.equal(times.zoneTaken, true);
});

Deno.test("CsvTimes.read() reads what parseCsvTime() reads, whatever came before", () => {
  const clock = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 70 }), fc.nat({ max: 70 }));
  const pad = (number: number) => String(number).padStart(2, "0");
  const cell = fc.tuple(
    fc.nat({ max: 2 }),
    clock,
    fc.constantFrom(" ", "T"),
    fc.constantFrom("", ".5", "Z", "x"),
    fc.nat({ max: 2 }),
  )
    .map(([day, parts, separator, end, form]) => {
      const date = ["2021-03-0", "0", "2021030"][form] + `${day + 1}` + (form === 1 ? ".03.2021" : "");
      return `${date}${separator}${parts.map(pad).join(":")}${end}`;
    });
  fc.assert(fc.property(fc.array(cell, { minLength: 1 }), (cells) => {
    const times = new CsvTimes(new TimeZone("UTC"));
    for (const one of cells) assert.ok(Object.is(times.read(one, START), parseCsvTime(one)), one);
  }));
});
