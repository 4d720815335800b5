import assert from "node:assert/strict";
import { MiscConfig } from "../config/misc.ts";
import { memoryFiles } from "./memory_files_testing.ts";
import { openFeed } from "./open_feed.ts";

const CSV = ["date,open,high,low,close", ...[4, 5, 6].map((day) => `2021-01-0${day},10,12,9,11`)].join("\n");
const open = (spec: string, symbols: string | null = null) =>
  openFeed(spec, {
    symbols,
    seed: 1,
    bars: 10,
    rules: MiscConfig.parse({}),
    files: spec.startsWith("csv:") ? memoryFiles({ "my:file.csv": CSV }) : Deno,
  });

Deno.test("openFeed() opens each kind of feed, named by its spec", async () => {
  for (const [spec, symbol] of [["sp500", "SPX"], ["csv:my:file.csv", "my-file"], ["synthetic:B", "B-1"]]) {
    const feed = await open(spec);
    assert.equal(feed.name, spec);
    assert.deepEqual(feed.symbols, [symbol]);
    assert.ok(feed.bars(symbol).length >= 3);
  }
});

Deno.test("openFeed() hands on the symbols that are asked for", async () => {
  assert.deepEqual((await open("synthetic:A", "3")).symbols, ["A-1", "A-2", "A-3"]);
});

Deno.test("openFeed() lists what there is when it knows no such feed", async () => {
  for (const spec of ["", "spx", "csv", "csv:", "parquet:", "synthetic:", "ccxt:binance", "sp500:x"]) {
    await assert.rejects(open(spec), {
      name: "RangeError",
      message:
        "Cannot open a feed as it must be one of sp500, csv:PATH, parquet:PATH, synthetic:A, synthetic:B, synthetic:C, " +
        `synthetic:D: it is "${spec}" (deno task dev also follows what has no end: ccxt:EXCHANGE, ticks:redis)`,
    });
  }
});
