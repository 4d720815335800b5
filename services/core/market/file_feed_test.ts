import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { MiscConfig } from "../config/misc.ts";
import { openFileFeed } from "./file_feed.ts";
import { memoryFiles } from "./memory_files_testing.ts";

const HEADER = "date,open,high,low,close,volume";
const day = (number: number) => `2021-01-${String(number).padStart(2, "0")}`;
const row = (number: number) => `${day(number)},10,12,9,11,100`;
const CSV = [HEADER, row(4), row(5), row(6)].join("\n");
type Rules = Partial<Record<"symbols", string> & { strict: boolean; timezone: string; dirt: object }>;

const openAll = (path: string, files: Parameters<typeof memoryFiles>[0], rules: Rules = {}) =>
  openFileFeed("csv", path, {
    symbols: rules.symbols ?? null,
    files: memoryFiles(files),
    rules: MiscConfig.parse({
      feed: { strict: rules.strict, timezone: rules.timezone },
      dirt: rules.dirt,
    }),
  });
/** Opens a file that holds this. */
const open = (content: string | Uint8Array | Error, rules: Rules = {}) =>
  openAll("dir/data.csv", { "dir/data.csv": content }, rules);

Deno.test("openFileFeed() describes what it has read", async () => {
  const feed = await open([HEADER, row(7), row(8), row(11), row(12)].join("\n"));
  assert.equal(feed.name, "csv:dir/data.csv");
  assert.equal(feed.timeframe, "1d");
  assert.deepEqual(feed.symbols, ["data"]);
  assert.equal(feed.bars("data").length, 4);
  assert.equal(feed.note, "Bars of 1d (the median time between them) from dir/data.csv");
  assert.equal(feed.dirt.counts.size, 0);
});

Deno.test("openFileFeed() says in its note whose time was taken, and that there is no volume", async () => {
  const times = ["2021-01-04 10:00", "2021-01-04 10:05", "2021-01-04 10:10"];
  const text = ["\uFEFFdatetime,open,high,low,close", ...times.map((time) => `${time},10,12,9,11`)].join(
    "\n",
  );
  const feed = await open(text);
  assert.equal(feed.timeframe, "5m");
  assert.equal(
    feed.note,
    "Bars of 5m (the median time between them) from dir/data.csv; times have no zone and are taken as UTC; no volume",
  );
  assert.equal(feed.bars("data").openTimeMs(0), Date.UTC(2021, 0, 4, 10));
  const inBerlin = await open(text, { timezone: "Europe/Berlin" });
  assert.match(inBerlin.note, /taken as Europe\/Berlin/);
  assert.equal(inBerlin.bars("data").openTimeMs(0), Date.UTC(2021, 0, 4, 9));
});

Deno.test("openFileFeed() reads an autumn night, in which an hour comes twice, from either end", async () => {
  const walls = ["00:00", "01:00", "01:00", "02:00", "03:00"].map((clock) => `2021-11-07 ${clock}`);
  const rows = walls.map((wall, index) => `${wall},${10 + index},20,9,11,100`);
  for (const lines of [rows, rows.toReversed()]) {
    const feed = await open([HEADER, ...lines].join("\n"), { timezone: "America/New_York" });
    const bars = [...feed.bars("data")];
    assert.deepEqual(bars.map(({ openTimeMs }) => new Date(openTimeMs).getUTCHours()), [4, 5, 6, 7, 8]);
    assert.deepEqual(bars.map((bar) => bar.open), [10, 11, 12, 13, 14]);
  }
});

Deno.test("openFileFeed() reads all symbols, or those asked for", async () => {
  const rows = [4, 5, 6].flatMap((day) => ["B", "A"].map((symbol) => `${symbol},${row(day)}`));
  const text = [`Symbol,${HEADER}`, ...rows].join("\n");
  assert.deepEqual((await open(text)).symbols, ["B", "A"]);
  assert.deepEqual((await open(text, { symbols: "A" })).symbols, ["A"]);
  await assert.rejects(open(text, { symbols: "A,C" }), {
    name: "RangeError",
    message: "Cannot take --symbols C as each must be in the feed: csv:dir/data.csv holds B, A",
  });
  await assert.rejects(open(text, { symbols: "2" }), /a number of symbols works only with synthetic:NAME/);
});

Deno.test("openFileFeed() reads a folder or a pattern, a symbol a file", async () => {
  const files = { "in/B.csv": CSV, "in/A b.csv": CSV, "in/notes.txt": "no", "in/old/C.csv": CSV };
  const folder = await openAll("in", files);
  assert.deepEqual(folder.symbols, ["A-b", "B"]);
  assert.match(folder.note, /from in \(2 files\)/);
  assert.deepEqual((await openAll("in/**/*.csv", files)).symbols, ["A-b", "B", "C"]);
  await assert.rejects(openAll("in", { ...files, "in/A-b.csv": CSV }), {
    message:
      "Cannot read in/A-b.csv as each file's name must give a symbol of its own: A-b is that of A b.csv, too",
  });
});

const gzip = (text: string) => new Uint8Array(gzipSync(text));

Deno.test("openFileFeed() reads gzipped files as what is in them", async () => {
  const feed = await openAll("in", { "in/A.csv.gz": gzip(CSV), "in/B.csv": gzip(CSV) });
  assert.deepEqual(feed.symbols.map((symbol) => [symbol, feed.bars(symbol).length]), [["A", 3], ["B", 3]]);
  await assert.rejects(openAll("in", { "in/A.csv.gz": gzip(CSV), "in/A.csv": CSV }), {
    message:
      "Cannot read in/A.csv.gz as each file's name must give a symbol of its own: A is that of A.csv, too",
  });
  await assert.rejects(
    openAll("in", { "in/A.csv.gz": gzip(CSV).slice(0, 40) }),
    /^RangeError: Cannot read in\/A\.csv\.gz as it must be whole gzip of at most 268435456 bytes: its library says/,
  );
});

Deno.test("openFileFeed() unpacks no more than a file may have", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 28 + 1)));
  await assert.rejects(open(bomb), /must be whole gzip of at most 268435456 bytes/);
});

Deno.test("openFileFeed() reads Parquet alike", async () => {
  const path = fileURLToPath(new URL("./testdata/zstd.parquet", import.meta.url));
  const options = { files: Deno, rules: MiscConfig.parse({}) };
  const feed = await openFileFeed("parquet", path, { ...options, symbols: "A" });
  assert.deepEqual([feed.timeframe, feed.bars("A").length, feed.dirt.counts.size], ["1d", 3, 0]);
  await assert.rejects(openFileFeed("parquet", path, { ...options, symbols: null }), {
    message:
      `Cannot read ${path} as each symbol must have at least 3 bars: B has 2; 1 quarantined as unreadable; the ` +
      `first: ${path}:6 unreadable: column volume must be a number from 0 on: it is null`,
  });
});

Deno.test("openFileFeed() repairs what could not be read, and counts it", async () => {
  const lines = [HEADER, row(4), `${day(5)},,12,9,11,x`, row(6)];
  const feed = await open(lines.join("\n"), { dirt: { unreadable: "repair" } });
  assert.deepEqual(feed.bars("data").at(1), {
    ...feed.bars("data").at(0),
    openTimeMs: Date.UTC(2021, 0, 5),
    open: 11,
    volume: 0,
  });
  assert.deepEqual(feed.dirt.counts.get("unreadable"), {
    repaired: 2,
    quarantined: 0,
    halted: 0,
    first: 'dir/data.csv:3 unreadable: column open must be a number from 1e-8 to 9e7: it is ""',
  });
});

Deno.test("openFileFeed() joins the years of a symbol that lie in files of one name", async () => {
  const later = [HEADER, row(7), row(8)].join("\n");
  const feed = await openAll("in/*/X.csv", { "in/2/X.csv": CSV, "in/1/X.csv": later });
  assert.deepEqual([...feed.bars("X")].map(({ openTimeMs }) => new Date(openTimeMs).getUTCDate()), [
    4,
    5,
    6,
    7,
    8,
  ]);
  assert.deepEqual(feed.dirt.counts.get("unordered"), {
    repaired: 3,
    quarantined: 0,
    halted: 0,
    first: "in/2/X.csv:2 unordered: column date must go up: 3 rows come after a later one",
  });
});

Deno.test("openFileFeed() goes on without a bad row, and tells where it is, what it holds and why", async () => {
  const lines = [
    HEADER,
    row(4),
    row(5),
    `${day(6)},10,12,-9,11,100`,
    "no row",
    row(7),
    `${day(8)},1,2,3,2,5`,
  ];
  const feed = await open(lines.join("\n"), { dirt: { high_below_low: "quarantine" } });
  assert.deepEqual([...feed.bars("data")].map(({ openTimeMs }) => new Date(openTimeMs).getUTCDate()), [
    4,
    5,
    7,
  ]);
  assert.match(feed.note, /; 3 quarantined$/);
  assert.deepEqual(feed.dirt.records, [
    {
      rule: "not_positive",
      source: "dir/data.csv:4",
      entry: "data 2021-01-06T00:00:00.000Z",
      reason: "not_positive: column low must be a number from 1e-8 to 9e7: it is -9",
      content: "openTimeMs 1609891200000, open 10, high 12, low -9, close 11, volume 100",
    },
    {
      rule: "unreadable",
      source: "dir/data.csv:5",
      entry: "data",
      reason: "unreadable: must have 6 columns: it has 1",
      content: "no row",
    },
    {
      rule: "high_below_low",
      source: "dir/data.csv:7",
      entry: "data 2021-01-08T00:00:00.000Z",
      reason:
        "high_below_low: column high must be the highest price: the bar has open 1, high 2, low 3, close 2",
      content: "openTimeMs 1610064000000, open 1, high 2, low 3, close 2, volume 5",
    },
  ]);
});

Deno.test("openFileFeed() warns of prices that exact money counts coarsely, and takes none that it has no step for", async () => {
  const priced = (factor: number) =>
    [4, 5, 6, 7].map((number) =>
      [day(number), ...[10, 12, 9, 11].map((price) => price * factor), 1].join(",")
    );
  const warningsOf = async (factor: number) =>
    (await open([HEADER, ...priced(factor)].join("\n"))).dirt.warnings;
  assert.deepEqual(await warningsOf(2e-5), []);
  assert.deepEqual(await warningsOf(1e-6), [
    "data: prices down to 0.000009 are counted in steps of 0.00000001, so a fill may be off by 0.11 %; quote a thousand or a " +
    "million of it instead",
  ]);
  await assert.rejects(open([HEADER, ...priced(1e-10)].join("\n")), {
    message:
      "Cannot read dir/data.csv as each symbol must have at least 3 bars: data has 0; 4 quarantined as unreadable; the " +
      "first: dir/data.csv:2 unreadable: column open must be a number from 1e-8 to 9e7: it is 1e-9",
  });
});

Deno.test("openFileFeed() halts a symbol where a rule says so, and tells what is passed over", async () => {
  const lines = [HEADER, row(4), row(5), row(6), `${day(7)},0,12,9,11,100`, row(8), row(11)];
  const feed = await open(lines.join("\n"), { dirt: { not_positive: "halt" } });
  assert.equal(feed.bars("data").length, 3);
  assert.deepEqual(feed.dirt.warnings, [
    "data is halted after 2021-01-06T00:00:00.000Z: 2 later rows are passed over",
  ]);
  assert.deepEqual(feed.dirt.records.map(({ source }) => source), ["dir/data.csv:5"]);
});

Deno.test("openFileFeed() refuses a file of which too much would be put aside, and lists it", async () => {
  const lines = [HEADER, ...[4, 5, 6].map((number) => `${day(number)},10,12,0,11,100`)];
  await assert.rejects(open(lines.join("\n"), { dirt: { most_quarantined: 2 } }), {
    message:
      "Cannot use dir/data.csv as at most 2 of its rows may be quarantined (dirt.most_quarantined): one more is. " +
      "So far:\n  3 quarantined as not_positive; the first: dir/data.csv:2 not_positive: column low must be a number " +
      "from 1e-8 to 9e7: it is 0",
  });
});

Deno.test("openFileFeed() refuses too few bars of any symbol that is read, and says what was wrong with them", async () => {
  await assert.rejects(open([HEADER, row(4), row(5)].join("\n")), {
    message: "Cannot read dir/data.csv as each symbol must have at least 3 bars: data has 2",
  });
  await assert.rejects(
    open([HEADER, row(4), row(5), `${day(6)},10,12,0,11,100`].join("\n")),
    /data has 2; 1 quarantined as not_positive; the first: dir\/data.csv:4/,
  );
  const text = [`symbol,${HEADER}`, ...[4, 5, 6].map((day) => `A,${row(day)}`), `B,${row(4)}`].join("\n");
  await assert.rejects(open(text), /at least 3 bars: B has 1/);
  assert.equal((await open(text, { symbols: "A" })).bars("A").length, 3);
  await assert.rejects(open([`symbol,${HEADER}`, `A A,${row(4)}`].join("\n")), {
    message:
      "Cannot read dir/data.csv as it must hold bars: of its 1 rows none names a symbol. The first is " +
      'dir/data.csv:2, column symbol must be 1 to 32 letters, digits, or . _ / - and start with a letter or digit: it is "A A"',
  });
});

Deno.test("openFileFeed() refuses a spacing that is no timeframe", async () => {
  const rows = [0, 1, 2].map((second) => `${1_600_000_000 + second},10,12,9,11,100`);
  await assert.rejects(open([HEADER, ...rows].join("\n")), {
    message:
      "Cannot read dir/data.csv as the median time between bars must be whole minutes, hours or days: it is 1000 ms",
  });
});

Deno.test("openFileFeed() refuses a file that is missing, unreadable, too large or no text", async () => {
  await assert.rejects(openAll("x.csv", {}), {
    name: "RangeError",
    message: "Cannot read x.csv as the file must exist: it is not there",
  });
  await assert.rejects(
    open(new Deno.errors.PermissionDenied("os error 13")),
    /^RangeError: Cannot read dir\/data.csv as it must be readable: os error 13$/,
  );
  await assert.rejects(open(Uint8Array.of(0xff, 0xfe, 100, 0)), {
    message: "Cannot read dir/data.csv as it must be UTF-8 text: it holds other bytes",
  });
  await assert.rejects(
    open({ length: 2 ** 28 + 1 } as Uint8Array),
    /must have at most 268435456 bytes: it has 268435457/,
  );
});

/** A row after three good ones; what strict reading says of it. */
const FAULTS: [string, string, string][] = [
  ["a short row", `${day(7)},10,12`, " as it must have 6 columns: it has 3"],
  [
    "a time that is none",
    "soon,10,12,9,11,100",
    ", column date as it must be YYYY-MM-DD or DD.MM.YYYY, with or without HH:MM[:SS] and a zone, or epoch s, ms, µs " +
    'or ns: it is "soon"',
  ],
  [
    "an empty price",
    `${day(7)},,12,9,11,100`,
    ', column open as it must be a number from 1e-8 to 9e7: it is ""',
  ],
  [
    "a price without end",
    `${day(7)},10,Infinity,9,11,100`,
    ", column high as it must be a number from 1e-8 to 9e7: it is Infinity",
  ],
  [
    "a negative volume",
    `${day(7)},10,12,9,11,-1`,
    ", column volume as it must be a number from 0 on: it is -1",
  ],
  [
    "a low above the close",
    `${day(7)},11.5,12,11.2,11,100`,
    ", column low as it must be the lowest price: the bar has open 11.5, high 12, low 11.2, close 11",
  ],
  [
    "a doubled time",
    row(6),
    ", column date as it must be there once: 2021-01-06T00:00:00.000Z comes again, an exact copy",
  ],
  ["times that go back", row(5), ", column date as it must go up: 1 row comes after a later one"],
];
for (const [name, line, fault] of FAULTS) {
  Deno.test(`feed.strict refuses a file with ${name} whole, with one clear message`, async () => {
    const text = [HEADER, row(4), row(5), row(6), line].join("\n");
    await assert.rejects(open(text, { strict: true }), {
      name: "RangeError",
      message: `Cannot read dir/data.csv line 5${fault}`,
    });
    assert.equal((await open(text)).bars("data").length, name.startsWith("a low") ? 4 : 3);
  });
}
