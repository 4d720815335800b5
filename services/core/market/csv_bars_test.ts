import assert from "node:assert/strict";
import fc from "fast-check";
import { Bar } from "../contracts/bar.ts";
import { isBar, readCsvBars } from "./csv_bars.ts";

const HEADER = "date,open,high,low,close,volume";
const read = (...lines: string[]) => readCsvBars(lines.join("\n"), "data.csv");
const day = (number: number) => `2021-01-${String(number).padStart(2, "0")}`;
const row = (number: number) => `${day(number)},10,12,9,11,100`;
const barOf = (number: number): Bar => ({
  openTimeMs: Date.UTC(2021, 0, number),
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: 100,
});

Deno.test("readCsvBars() reads bars whatever the line ends, delimiter, quotes, spaces and column order", () => {
  const texts: Record<string, string> = {
    plain: `${HEADER}\n${row(4)}\n${row(5)}\n`,
    "no last line end": `${HEADER}\n${row(4)}\n${row(5)}`,
    "CR LF": `${HEADER}\r\n${row(4)}\r\n${row(5)}\r\n`,
    "blank lines": `${HEADER}\n${row(4)}\n\n${row(5)}\n\n \n`,
    semicolons: `${HEADER}\n${row(4)}\n${row(5)}\n`.replaceAll(",", ";"),
    tabs: `${HEADER}\n${row(4)}\n${row(5)}\n`.replaceAll(",", "\t"),
    quotes: `${HEADER}\n${row(4)}\n${row(5)}`.replace(/[^,\n]+/g, '"$&"'),
    spaces: `${HEADER}\n${row(4)}\n${row(5)}`.replaceAll(",", " , "),
    "other columns": `note,volume,close,low,high,open,date\n"a,\nb",100,11,9,12,10,${
      day(4)
    }\n,100,11,9,12,10,${day(5)}`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const { series } = readCsvBars(text, "some/SPX.csv");
    assert.deepEqual([...series.keys()], ["SPX"], name);
    assert.deepEqual([...series.get("SPX")!], [barOf(4), barOf(5)], name);
  }
});

Deno.test("readCsvBars() reads 0 for a volume that is not there, and says so", () => {
  const { series, hasVolume } = read("date,open,high,low,close", `${day(4)},10,12,9,11`);
  assert.equal(series.get("data")?.at(0).volume, 0);
  assert.equal(hasVolume, false);
});

Deno.test("readCsvBars() joins a date column with the time column beside it", () => {
  const { series, zoneAssumed } = read(
    "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
    "2021.01.04,09:30,10,12,9,11,100",
  );
  assert.equal(series.get("data")?.openTimeMs(0), Date.UTC(2021, 0, 4, 9, 30));
  assert.ok(zoneAssumed);
});

Deno.test("readCsvBars() tells symbols apart, each in its own order of time", () => {
  const { series } = read(
    `symbol,${HEADER}`,
    `B,${row(5)}`,
    `A,${row(4)}`,
    `B,${row(6)}`,
    `A,${row(5)}`,
  );
  assert.deepEqual([...series.keys()], ["B", "A"]);
  assert.deepEqual([...series.get("A")!], [barOf(4), barOf(5)]);
  assert.deepEqual([...series.get("B")!], [barOf(5), barOf(6)]);
});

Deno.test("readCsvBars() makes a symbol of the file's name", () => {
  const text = `${HEADER}\n${row(4)}`;
  const cases: [string, string][] = [
    ["/data/BTC USDT-1h.csv", "BTC-USDT-1h"],
    ["C:\\data\\spx.CSV", "spx"],
    ["_x.y.csv", "x.y"],
    ["数据.csv", "CSV"],
    [`${"long".repeat(20)}.csv`, "long".repeat(8)],
  ];
  for (const [file, symbol] of cases) assert.deepEqual([...readCsvBars(text, file).series.keys()], [symbol]);
});

/** Lines of a file that is right but for one thing; what the only message says. */
const FAULTS: [string, string[], string][] = [
  ["an empty file", [""], "Cannot read data.csv as it must hold bars: it is empty"],
  ["a header alone", [HEADER, ""], "Cannot read data.csv as it must hold bars: it has a header alone"],
  [
    "a missing column",
    ["date,open,high,low,volume", row(4)],
    "Cannot read data.csv line 1 as the header must name a time, open, high, low and close, and it lacks close: " +
    "the columns are date, open, high, low, volume",
  ],
  [
    "a short line",
    [HEADER, row(4), `${day(5)},10,12`, row(6)],
    "Cannot read data.csv line 3 as it must have 6 columns: it has 3",
  ],
  [
    "a long line",
    [HEADER, row(4), `${row(5)},7`],
    "Cannot read data.csv line 3 as it must have 6 columns: it has 7",
  ],
  [
    "a file cut off within its last line",
    [HEADER, row(4), `${day(5)},10,1`],
    "Cannot read data.csv line 3 as it must have 6 columns: it has 3",
  ],
  [
    "a time that is none",
    [HEADER, "04.01.2021,10,12,9,11,100"],
    "Cannot read data.csv line 2, column date as it must be YYYY-MM-DD, YYYY-MM-DD HH:MM[:SS] with or without a " +
    'zone, or epoch s, ms or µs: it is "04.01.2021"',
  ],
  [
    "a price that is no number",
    [HEADER, row(4), `${day(5)},10,12,9,n/a,100`],
    'Cannot read data.csv line 3, column close as it must be a number above 0 and at most 9e7: it is "n/a"',
  ],
  [
    "a price with text behind it",
    [HEADER, `${day(4)},10,12USD,9,11,100`],
    'Cannot read data.csv line 2, column high as it must be a number above 0 and at most 9e7: it is "12USD"',
  ],
  [
    "an empty price",
    [HEADER, `${day(4)},,12,9,11,100`],
    'Cannot read data.csv line 2, column open as it must be a number above 0 and at most 9e7: it is ""',
  ],
  [
    "a price of 0",
    [HEADER, `${day(4)},10,12,0,11,100`],
    'Cannot read data.csv line 2, column low as it must be a number above 0 and at most 9e7: it is "0"',
  ],
  [
    "a negative price",
    [HEADER, `${day(4)},10,12,-9,11,100`],
    'Cannot read data.csv line 2, column low as it must be a number above 0 and at most 9e7: it is "-9"',
  ],
  [
    "a price without end",
    [HEADER, `${day(4)},10,Infinity,9,11,100`],
    'Cannot read data.csv line 2, column high as it must be a number above 0 and at most 9e7: it is "Infinity"',
  ],
  [
    "an empty volume",
    [HEADER, `${day(4)},10,12,9,11,`],
    'Cannot read data.csv line 2, column volume as it must be a number from 0 on: it is ""',
  ],
  [
    "a negative volume",
    [HEADER, `${day(4)},10,12,9,11,-1`],
    'Cannot read data.csv line 2, column volume as it must be a number from 0 on: it is "-1"',
  ],
  [
    "a high below the low",
    [HEADER, `${day(4)},10,9,12,11,100`],
    "Cannot read data.csv line 2, column high as it must be the highest price: " +
    "the bar has open 10, high 9, low 12, close 11",
  ],
  [
    "a low above the close",
    [HEADER, `${day(4)},11.5,12,11.2,11,100`],
    "Cannot read data.csv line 2, column low as it must be the lowest price: " +
    "the bar has open 11.5, high 12, low 11.2, close 11",
  ],
  [
    "a doubled time",
    [HEADER, row(4), row(4)],
    "Cannot read data.csv line 3, column date as each time must be there once: " +
    "after 2021-01-04T00:00:00.000Z comes 2021-01-04",
  ],
  [
    "times that go back",
    [HEADER, row(5), row(4)],
    "Cannot read data.csv line 3, column date as times must go up (sort the file, oldest first): " +
    "after 2021-01-05T00:00:00.000Z comes 2021-01-04",
  ],
  [
    "a symbol that is no name",
    [`symbol,${HEADER}`, `A B,${row(4)}`],
    "Cannot read data.csv line 2, column symbol as it must be 1 to 32 letters, digits, or . _ / - and start with a " +
    'letter or digit: it is "A B"',
  ],
  [
    "a quote that never closes",
    [HEADER, row(4), `"${row(5)}`, row(6)],
    'Cannot read data.csv line 3 as each quote must be closed: its library says "Quoted field unterminated"',
  ],
];
for (const [name, lines, message] of FAULTS) {
  Deno.test(`readCsvBars() refuses ${name} with one clear message`, () => {
    assert.throws(() => read(...lines), { name: "RangeError", message });
  });
}

Deno.test("readCsvBars() counts lines over blank lines, quoted line ends and chunks", () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => `${1_600_000_000 + index * 60},10,12,9,11,100,`);
  const lines = [`${HEADER},note`, "", `${1_500_000_000},10,12,9,11,100,"two\nlines"`, ...rows];
  lines[15_000] = lines[15_000].replace(",9,", ",x,");
  // One of the entries holds two lines, so that entry 15,000 is on line 15,002.
  assert.throws(() => read(...lines), /line 15002, column low as it must be a number .*: it is "x"/);
});

Deno.test("isBar() and the contract of a bar agree", () => {
  const prices = fc.oneof(
    fc.constantFrom(0, -1, NaN, Infinity, -Infinity, 9e7, 90_000_000.5, Number.MIN_VALUE),
    fc.integer({ min: 1, max: 3 }),
  );
  const volumes = fc.oneof(fc.constantFrom(0, -0, -1, NaN, Infinity), fc.double());
  const times = fc.oneof(fc.constantFrom(-1, 0.5, NaN, Infinity, 2 ** 53), fc.nat());
  const bars = fc.record({
    openTimeMs: times,
    open: prices,
    high: prices,
    low: prices,
    close: prices,
    volume: volumes,
  });
  fc.assert(fc.property(bars, (bar) => isBar(bar) === Bar.safeParse(bar).success), { numRuns: 5_000 });
});
