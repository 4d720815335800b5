import assert from "node:assert/strict";
import { MiscConfig } from "../config/misc.ts";
import { openSp500Feed, SP500_FILE } from "./sp500_feed.ts";

const rules = MiscConfig.parse({});

Deno.test("openSp500Feed() gives 5,105 trading days at UTC midnight, with the prices of the file", async () => {
  const feed = await openSp500Feed({ symbols: null, files: Deno, rules });
  assert.deepEqual(feed.symbols, ["SPX"]);
  assert.equal(feed.timeframe, "1d");
  assert.match(feed.note, /price index, no dividends/);
  const series = feed.bars("SPX");
  assert.equal(series.length, 5_105);
  assert.deepEqual(series.at(0), {
    openTimeMs: Date.UTC(2000, 0, 3),
    open: 1469.25,
    high: 1478,
    low: 1438.359985,
    close: 1455.219971,
    volume: 931_800_000,
  });
  assert.equal(series.openTimeMs(5_104), Date.UTC(2020, 3, 17));
  assert.equal(series.at(5_104).close, 2874.560059);
  for (const { openTimeMs } of series) assert.equal(openTimeMs % 86_400_000, 0);
});

Deno.test("openSp500Feed() finds no dirt, and warns of the opens before 2006", async () => {
  const { dirt, note, barsPerYear } = await openSp500Feed({ symbols: null, files: Deno, rules });
  assert.equal(dirt.counts.size, 0);
  const warning =
    "SPX: opens equal the previous close in most bars of 2000 to 2005, so fills at the next open are " +
    "optimistic there";
  assert.deepEqual(dirt.warnings, [warning]);
  assert.ok(note.endsWith(warning));
  assert.ok(Math.abs(barsPerYear("SPX") - 251.6) < 0.1);
});

Deno.test("openSp500Feed() takes prices that need no adjusting", async () => {
  const lines = (await Deno.readTextFile(SP500_FILE)).trim().split("\n").map((line) => line.split(","));
  assert.deepEqual(lines[0], ["date", "open", "high", "low", "close", "adjclose", "volume"]);
  assert.ok(lines.slice(1).every((cells) => cells[4] === cells[5]));
});

Deno.test("openSp500Feed() holds SPX alone", async () => {
  const open = (symbols: string) => openSp500Feed({ symbols, files: Deno, rules });
  assert.deepEqual((await open("SPX")).symbols, ["SPX"]);
  await assert.rejects(open("AAPL"), {
    message: "Cannot take --symbols AAPL as each must be in the feed: sp500 holds SPX",
  });
});
