import assert from "node:assert/strict";
import { Bar } from "../contracts/bar.ts";
import { readCsvRows } from "./csv_rows.ts";
import { FileRows } from "./file_rows.ts";
import { TimeZone } from "./time_zone.ts";

const HEADER = "date,open,high,low,close,volume";
const FILE = { file: "data.csv", symbol: "data", columns: {} };
const readText = (text: string, options: Partial<typeof FILE> = {}) => {
  const rows = new FileRows({ zone: new TimeZone("UTC"), mostUnread: 100, repairs: false });
  readCsvRows(text, rows, { ...FILE, ...options });
  return rows;
};
const read = (...lines: string[]) => readText(lines.join("\n"));
const barsOf = (rows: FileRows, symbol = "data") => {
  const bars = rows.bySymbol.get(symbol)!;
  return Array.from({ length: bars.length }, (_, index) => bars.at(index));
};
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

Deno.test("readCsvRows() reads bars whatever the line ends, delimiter, quotes, spaces and column order", () => {
  const texts: Record<string, string> = {
    plain: `${HEADER}\n${row(4)}\n${row(5)}\n`,
    "no last line end": `${HEADER}\n${row(4)}\n${row(5)}`,
    "CR LF": `${HEADER}\r\n${row(4)}\r\n${row(5)}\r\n`,
    "CR": `${HEADER}\r${row(4)}\r${row(5)}\r`,
    "CR LF, then LF": `${HEADER}\r\n${row(4)}\n${row(5)}\n`,
    "CR LF, then CR": `${HEADER}\r\n${row(4)}\r${row(5)}`,
    "LF, then CR LF": `${HEADER}\n${row(4)}\n${row(5)}\r\n`,
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
    const rows = readText(text, { symbol: "SPX" });
    assert.deepEqual([...rows.bySymbol.keys()], ["SPX"], name);
    assert.deepEqual(barsOf(rows, "SPX"), [barOf(4), barOf(5)], name);
  }
});

Deno.test("readCsvRows() reads 0 for a volume that is not there, and says so", () => {
  const rows = read("date,open,high,low,close", `${day(4)},10,12,9,11`);
  assert.equal(barsOf(rows)[0].volume, 0);
  assert.equal(rows.bySymbol.get("data")?.hasVolume, false);
});

Deno.test("readCsvRows() joins a date column with the time column beside it", () => {
  const rows = read(
    "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
    "2021.01.04,09:30,10,12,9,11,100",
  );
  assert.equal(barsOf(rows)[0].openTimeMs, Date.UTC(2021, 0, 4, 9, 30));
  assert.ok(rows.times.zoneTaken);
});

Deno.test("readCsvRows() reads the columns that a map names", () => {
  const columns = { time: "when", close: "last" };
  const rows = readText(`when,open,high,low,close,last\n${day(4)},10,12,9,1,11`, { columns } as object);
  assert.deepEqual(barsOf(rows), [{ ...barOf(4), volume: 0 }]);
});

Deno.test("readCsvRows() tells symbols apart, each in the order of the file", () => {
  const rows = read(`symbol,${HEADER}`, `B,${row(5)}`, `A,${row(4)}`, `B,${row(3)}`, `A,${row(5)}`);
  assert.deepEqual([...rows.bySymbol.keys()], ["B", "A"]);
  assert.deepEqual(barsOf(rows, "A"), [barOf(4), barOf(5)]);
  assert.deepEqual(barsOf(rows, "B"), [barOf(5), barOf(3)]);
});

Deno.test("readCsvRows() keeps an unreadable row with its column, rule and value", () => {
  const cases: [line: string, column: string | null, reason: string][] = [
    [`${day(5)},10,12`, null, "must have 6 columns: it has 3"],
    [`${row(5)},7`, null, "must have 6 columns: it has 7"],
    [
      "4/1/21,10,12,9,11,100",
      "date",
      'must be YYYY-MM-DD or DD.MM.YYYY, with or without HH:MM[:SS] and a zone, or epoch s, ms, µs or ns: it is "4/1/21"',
    ],
    [`${day(5)},10,12,9,n/a,100`, "close", 'must be a number from 1e-8 to 9e7: it is "n/a"'],
    [`${day(5)},10,12USD,9,11,100`, "high", 'must be a number from 1e-8 to 9e7: it is "12USD"'],
    [`${day(5)}, ,12,9,11,100`, "open", 'must be a number from 1e-8 to 9e7: it is ""'],
    [`${day(5)},0x10,18,9,11,100`, "open", 'must be a number from 1e-8 to 9e7: it is "0x10"'],
    [`${day(5)},10,12, 0b1,11,100`, "low", 'must be a number from 1e-8 to 9e7: it is "0b1"'],
    [`${day(5)},10,12,9,11,\x1b[2J"`, "volume", 'must be a number from 0 on: it is "\\u001b[2J\\""'],
    [
      `${day(5)},10,12,9,${"x".repeat(1e6)},1`,
      "close",
      `must be a number from 1e-8 to 9e7: it is "${"x".repeat(77)}..."`,
    ],
    [`${day(5)},10,12,9,11,`, "volume", 'must be a number from 0 on: it is ""'],
  ];
  for (const [line, column, reason] of cases) {
    const bars = read(HEADER, row(4), line, row(6)).bySymbol.get("data")!;
    assert.equal(bars.length, 3, line);
    assert.deepEqual(bars.unreadOf(1), { column, reason, content: line });
    const { file, row: number } = bars.placeOf(1);
    assert.deepEqual([file.path, file.rowName, number], ["data.csv", "line", 3]);
  }
});

Deno.test("readCsvRows() keeps rows that name no symbol apart", () => {
  const rows = read(`symbol,${HEADER}`, `A,${row(4)}`, `B B,${row(4)}`, `C,${day(5)}`, `A,${day(6)}`);
  assert.deepEqual([...rows.bySymbol.keys()], ["A"]);
  assert.deepEqual(rows.bySymbol.get("A")?.unreadOf(1)?.reason, "must have 7 columns: it has 2");
  assert.deepEqual(rows.unplaced.map(({ row, column, reason }) => [row, column, reason]), [
    [
      3,
      "symbol",
      'must be 1 to 32 letters, digits, or . _ / - and start with a letter or digit: it is "B B"',
    ],
    [4, null, "must have 7 columns: it has 2"],
  ]);
});

Deno.test("readCsvRows() refuses a file whose structure makes every row doubtful", () => {
  const cases: [string[], string][] = [
    [[""], "Cannot read data.csv as it must hold bars: it is empty"],
    [["", HEADER, row(4)], "Cannot read data.csv line 1 as it must be the header: it is blank"],
    [
      ["date,open,high,low,volume", row(4)],
      "Cannot read data.csv line 1 as the header must name a time, open, high, low and close, and it lacks close: " +
      "the columns are date, open, high, low, volume; others can be mapped with --columns",
    ],
    [
      [HEADER, row(4), `"${row(5)}`, row(6)],
      'Cannot read data.csv line 3 as each quote must be closed: its library says "Quoted field unterminated"',
    ],
  ];
  for (const [lines, message] of cases) assert.throws(() => read(...lines), { name: "RangeError", message });
});

Deno.test("readCsvRows() ends where too many rows cannot be read, and names the last one's fault", () => {
  const lines = Array.from({ length: 101 }, () => `${day(4)},x,12,9,11,100`);
  assert.throws(() => read(HEADER, ...lines), {
    message:
      "Cannot read data.csv as at most 100 rows may be unreadable (dirt.most_quarantined): row 102 is one more. Column open must be a " +
      'number from 1e-8 to 9e7: it is "x"',
  });
});

Deno.test("readCsvRows() loses no row where files of other line ends are joined, and counts its lines", () => {
  const part = (from: number) =>
    Array.from({ length: 5_000 }, (_, index) => `${1.6e9 + 60 * (from + index)},10,12,9,11,1`);
  const parts = [["\r\n", 0], ["\n", 5_000], ["\r", 10_000], ["\r\n", 15_000]] as const;
  const text = `${HEADER}\r\n${
    parts.map(([end, from]) => part(from).map((line) => line + end).join("")).join("")
  }`;
  const bars = readText(text).bySymbol.get("data")!;
  assert.equal(bars.length, 20_000);
  assert.equal(bars.placeOf(19_999).row, 20_001);
});

Deno.test("readCsvRows() counts lines over blank lines, quoted line ends and chunks", () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => `${1_600_000_000 + index * 60},10,12,9,11,100,`);
  const lines = [`${HEADER},note`, "", `${1_500_000_000},10,12,9,11,100,"two\nlines"`, ...rows];
  lines[15_000] = lines[15_000].replace(",9,", ",x,");
  // One of the entries holds two lines, so that entry 15,000 is on line 15,002.
  const bars = read(...lines).bySymbol.get("data")!;
  assert.equal(bars.length, 20_001);
  assert.equal(bars.placeOf(14_998).row, 15_002);
  assert.match(bars.unreadOf(14_998)!.reason, /it is "x"/);
});
