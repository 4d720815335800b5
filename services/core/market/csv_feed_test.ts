import assert from "node:assert/strict";
import { openCsvFeed } from "./csv_feed.ts";

const HEADER = "date,open,high,low,close,volume";
const row = (day: number) => `2021-01-${String(day).padStart(2, "0")},10,12,9,11,100`;
const bytesOf = (text: string) => new TextEncoder().encode(text);
/** Opens `dir/name.csv`, as if it held this. */
const open = (content: string | Uint8Array, symbols: string | null = null) =>
  openCsvFeed("dir/name.csv", {
    symbols,
    readFile: (path) => {
      assert.equal(path, "dir/name.csv");
      return Promise.resolve(typeof content === "string" ? bytesOf(content) : content);
    },
  });

Deno.test("openCsvFeed() describes what it has read", async () => {
  const feed = await open([HEADER, row(7), row(8), row(11), row(12)].join("\n"));
  assert.equal(feed.name, "csv:dir/name.csv");
  assert.equal(feed.timeframe, "1d");
  assert.deepEqual(feed.symbols, ["name"]);
  assert.equal(feed.bars("name").length, 4);
  assert.equal(feed.note, "Bars of 1d (the median time between them) from dir/name.csv");
});

Deno.test("openCsvFeed() says in its note that UTC is assumed, and that there is no volume", async () => {
  const times = ["2021-01-04 10:00", "2021-01-04 10:05", "2021-01-04 10:10"];
  const feed = await open(
    ["\uFEFFdatetime,open,high,low,close", ...times.map((time) => `${time},10,12,9,11`)].join("\n"),
  );
  assert.equal(feed.timeframe, "5m");
  assert.equal(
    feed.note,
    "Bars of 5m (the median time between them) from dir/name.csv; times have no zone and are taken as UTC; no volume",
  );
});

Deno.test("openCsvFeed() reads all symbols, or those asked for", async () => {
  const rows = [4, 5, 6].flatMap((day) => ["B", "A"].map((symbol) => `${symbol},${row(day)}`));
  const text = [`Symbol,${HEADER}`, ...rows].join("\n");
  assert.deepEqual((await open(text)).symbols, ["B", "A"]);
  assert.deepEqual((await open(text, "A")).symbols, ["A"]);
  await assert.rejects(open(text, "A,C"), {
    name: "RangeError",
    message: "Cannot take --symbols C as each must be in the feed: csv:dir/name.csv holds B, A",
  });
  await assert.rejects(open(text, "2"), /a number of symbols works only with synthetic:NAME/);
});

Deno.test("openCsvFeed() refuses too few bars of any symbol that is read", async () => {
  await assert.rejects(open([HEADER, row(4), row(5)].join("\n")), {
    message: "Cannot read dir/name.csv as each symbol must have at least 3 bars: name has 2",
  });
  const text = [`symbol,${HEADER}`, ...[4, 5, 6].map((day) => `A,${row(day)}`), `B,${row(4)}`].join("\n");
  await assert.rejects(open(text), /at least 3 bars: B has 1/);
  assert.equal((await open(text, "A")).bars("A").length, 3);
});

Deno.test("openCsvFeed() refuses a spacing that is no timeframe", async () => {
  const rows = [0, 1, 2].map((second) => `${1_600_000_000 + second},10,12,9,11,100`);
  await assert.rejects(open([HEADER, ...rows].join("\n")), {
    message:
      "Cannot read dir/name.csv as the median time between bars must be whole minutes, hours or days: it is 1000 ms",
  });
});

Deno.test("openCsvFeed() refuses a file that is missing, unreadable, too large or no text", async () => {
  const failing = (error: Error) =>
    openCsvFeed("x.csv", { symbols: null, readFile: () => Promise.reject(error) });
  await assert.rejects(failing(new Deno.errors.NotFound("os error 2")), {
    name: "RangeError",
    message: "Cannot read x.csv as the file must exist: it is not there",
  });
  await assert.rejects(
    failing(new Deno.errors.PermissionDenied("os error 13")),
    /^RangeError: Cannot read x.csv as it must be readable: os error 13$/,
  );
  await assert.rejects(open(Uint8Array.of(0xff, 0xfe, 100, 0)), {
    message: "Cannot read dir/name.csv as it must be UTF-8 text: it holds other bytes",
  });
  await assert.rejects(
    open({ length: 2 ** 28 + 1 } as Uint8Array),
    /must have at most 268435456 bytes: it has 268435457/,
  );
});
