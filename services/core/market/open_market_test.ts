import assert from "node:assert/strict";
import { MiscConfig } from "../config/misc.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import { silentLog } from "../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { isEndless, type MarketParts, openMarket } from "./open_market.ts";

const open = (feed: string, { symbols, ...changes }: Partial<MarketParts> & { symbols?: string } = {}) =>
  openMarket({ feed, symbols, columns: undefined, seed: "1" }, {
    files: Deno,
    timeframe: "1d",
    warmupBars: 100,
    speed: 2,
    liveBars: null,
    lockstep: false,
    misc: MiscConfig.parse({}),
    store: new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} }),
    clock: new ManualClock(),
    log: silentLog,
    quarantine: () => {},
    ...changes,
  });

Deno.test("openMarket() replays a feed as the options say", async () => {
  const market = await open("synthetic:A", { symbols: "2", liveBars: 30 });
  assert.deepEqual([market.name, market.symbols, market.timeframe], ["synthetic:A", ["A-1", "A-2"], "1d"]);
  assert.deepEqual([market.historyBars, market.liveBars, market.speed], [4_000, 30, 2]);
  await assert.rejects(open("sp500", { timeframe: "1h" }), /its bars must be 1h long/);
  await assert.rejects(open("nothing"), /must be one of sp500/);
});

Deno.test("openMarket() follows ticks and exchanges, which have no end", async () => {
  const ticks = await open("ticks:redis", { symbols: "A,B", timeframe: "1m" });
  assert.deepEqual([ticks.name, ticks.symbols, ticks.timeframe], ["ticks:redis", ["A", "B"], "1m"]);
  assert.deepEqual([ticks.historyBars, ticks.liveBars, ticks.speed], [150, null, "max"]);
  const exchange = await open("ccxt:binance", { symbols: "BTC/USDT", timeframe: "1m" });
  assert.deepEqual([exchange.name, exchange.symbols], ["ccxt:binance", ["BTC/USDT"]]);
  assert.deepEqual([exchange.historyBars, exchange.liveBars], [2_000, null]);
  assert.ok(
    isEndless("ticks:redis") && isEndless("ccxt:kraken") && !isEndless("sp500") && !isEndless("csv:ticks"),
  );
});

Deno.test("openMarket() refuses what a market without an end cannot do, naming the option", async () => {
  const faults: [Parameters<typeof open>[1], RegExp][] = [
    [{}, /Cannot follow ticks:redis as --symbols must list what to follow, e\.g\. BTC\/USDT/],
    [{ symbols: "A", liveBars: 5 }, /as --bars must not be given/],
    [{ symbols: "A", lockstep: true }, /in lockstep as only a replayed feed can wait/],
    [{ symbols: "A B" }, /names like BTC\/USDT: it holds A B/],
  ];
  for (const spec of ["ticks", "ccxt:", "ccxt:a b", "ticks:kafka"]) {
    await assert.rejects(open(spec, { symbols: "A" }), /--feed must be ticks:redis or ccxt:EXCHANGE/);
  }
  for (const [changes, message] of faults) await assert.rejects(open("ticks:redis", changes), message);
  await assert.rejects(open("ccxt:kraken", { symbols: "BTC/USD" }), /Set exchange\.sandbox to false/);
  await assert.rejects(open("ccxt:binance", { symbols: "BTC/USDT", warmupBars: 2_000 }), {
    message: /live\.history_bars must be 2050 or more for this configuration: it is 2000/,
  });
});
