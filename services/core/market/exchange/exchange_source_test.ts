import assert from "node:assert/strict";
import { candleAt, STEP_MS } from "../../testing/fake_exchange.ts";
import { openCcxtExchange } from "./ccxt_exchange.ts";
import { candles, ExchangeWorld, FIRST_LIVE, NOW } from "./exchange_source_testing.ts";

const MARKET = "BTC/USDT";
const minutes = (count: number) => FIRST_LIVE + count * STEP_MS;

Deno.test("ExchangeSource reads history page by page from the sandbox: closed candles alone, each once", async () => {
  for (const listing of ["plain", "doubled", "unordered"] as const) {
    await using world = await ExchangeWorld.open({ historyBars: 1_500 });
    world.exchange.listing = listing;
    await world.history();
    for (const market of [MARKET, "ETH/USDT"]) {
      const expected = candles(market, minutes(-1_500), FIRST_LIVE);
      assert.deepEqual(world.bars(market), expected, `${listing} ${market}`);
    }
    assert.deepEqual(world.bad, []);
    assert.ok(world.exchange.questions.every((question) => question.startsWith("/api/v3/")));
    const pages = world.exchange.questions.filter((question) => question.includes("symbol=BTCUSDT"));
    if (listing !== "doubled") assert.ok(pages.length >= 2 && pages.length <= 3, pages.join("\n"));
  }
});

Deno.test("ExchangeSource bears every kind of failure, waits longer after each, and reads on where it was", async () => {
  await using world = await ExchangeWorld.open({ markets: [MARKET], historyBars: 1_500 });
  world.exchange.faults.push(
    ...["time-out", "too many requests", "fine", "fine", "fine", "fine", "fine", "server error"] as const,
    ...["nonsense", "disconnect", "too many requests"] as const,
  );
  await world.history();
  assert.deepEqual(world.bars(), candles(MARKET, minutes(-1_500), FIRST_LIVE));
  assert.equal(world.figures.failures, 6);
  assert.ok(world.exchange.questions.length < 25, world.exchange.questions.join("\n"));
});

Deno.test("ExchangeSource brings each candle once it is over, by websocket, and asks for none", async () => {
  await using world = await ExchangeWorld.open();
  await world.follow();
  const asked = world.exchange.questions.length;
  await world.flow("three bars", () => world.bars().length >= 3 && world.bars("ETH/USDT").length >= 3);
  for (const market of [MARKET, "ETH/USDT"]) {
    assert.deepEqual(world.bars(market).slice(0, 3), candles(market, FIRST_LIVE, minutes(3)));
  }
  assert.equal(world.exchange.questions.length, asked);
  assert.ok(world.clock.nowMs() < minutes(3) + 2_000, "a bar came late");
});

Deno.test("ExchangeSource asks for what it missed while its websocket was away, and publishes no candle half-seen", async () => {
  await using world = await ExchangeWorld.open({ markets: [MARKET] });
  await world.follow();
  await world.pass(30_000);
  world.exchange.isRefusing = true;
  world.exchange.dropSockets();
  await world.pass(2 * STEP_MS);
  assert.deepEqual(world.bars(), candles(MARKET, FIRST_LIVE, minutes(2)));
  world.exchange.isRefusing = false;
  await world.flow("it is connected", () => world.figures.connected === 1);
  await world.flow("it goes on", () => world.bars().length >= 6);
  assert.deepEqual(world.bars().slice(0, 6), candles(MARKET, FIRST_LIVE, minutes(6)));
  assert.deepEqual([world.bad, world.figures.missing], [[], 0]);
  assert.ok(world.figures.reconnects >= 2);
});

Deno.test("ExchangeSource opens a websocket again that says nothing, and polls meanwhile", async () => {
  await using world = await ExchangeWorld.open({ markets: [MARKET] });
  await world.follow();
  world.exchange.isMute = true;
  await world.flow("it is noticed", () => world.figures.stale >= 1);
  world.exchange.isMute = false;
  await world.flow("bars", () => world.bars().length >= 4);
  assert.deepEqual(world.bars().slice(0, 4), candles(MARKET, FIRST_LIVE, minutes(4)));
});

Deno.test("ExchangeSource polls once each candle is over where there is no websocket", async () => {
  const has = { watchOHLCV: false, watchTrades: false };
  await using world = await ExchangeWorld.open({ markets: [MARKET], ccxt: { has } });
  assert.match(world.source.note, /candles by polling/);
  await world.follow(false);
  await world.flow("three bars", () => world.bars().length >= 3);
  assert.deepEqual(world.bars().slice(0, 3), candles(MARKET, FIRST_LIVE, minutes(3)));
  const asked = world.exchange.questions.filter((question) => question.includes("klines"));
  assert.ok(asked.length <= 4, asked.join("\n"));
});

Deno.test("ExchangeSource leaves a hole where the exchange has no candle, and one of a market holds up no other", async () => {
  await using world = await ExchangeWorld.open();
  world.exchange.absent.add(`${MARKET} ${minutes(1)}`);
  await world.follow();
  await world.flow("bars", () => world.bars().length >= 3 && world.bars("ETH/USDT").length >= 3);
  const [first, second, third] = world.bars();
  assert.deepEqual([first, second, third], [
    candleAt(MARKET, FIRST_LIVE),
    "hole",
    candleAt(MARKET, minutes(2)),
  ]);
  assert.equal(world.bars("ETH/USDT").includes("hole"), false);
  assert.equal(world.figures.missing, 1);
});

Deno.test("ExchangeSource quarantines a candle that is none, and takes it once the exchange has it right", async () => {
  const has = { watchOHLCV: false, watchTrades: false };
  await using world = await ExchangeWorld.open({ markets: [MARKET], ccxt: { has } });
  world.exchange.wrong.add(`${MARKET} ${FIRST_LIVE}`);
  await world.follow(false);
  await world.flow("it is refused", () => world.bad.length > 0);
  assert.match(world.bad[0].reason, /not_positive: close must be a number/);
  world.exchange.wrong.clear();
  await world.flow("it is taken", () => world.bars().length > 0);
  assert.deepEqual(world.bars()[0], candleAt(MARKET, FIRST_LIVE));
});

Deno.test("ExchangeSource goes by the exchange's clock: a machine whose own is ahead publishes no open candle", async () => {
  for (const skewMs of [-3_500, 3_500]) {
    const has = { watchOHLCV: false, watchTrades: false };
    await using world = await ExchangeWorld.open({ markets: [MARKET], skewMs, ccxt: { has } });
    await world.history();
    await world.follow(false);
    await world.flow("bars", () => world.bars().at(-1) !== undefined && world.bars().length >= 23);
    const bars = world.bars().filter((bar) => bar !== "hole");
    assert.deepEqual(bars, candles(MARKET, bars[0].openTimeMs, bars.at(-1)!.openTimeMs + STEP_MS));
    assert.ok(Math.abs(world.figures.clockOffsetMs - skewMs) <= 250, `${world.figures.clockOffsetMs}`);
  }
});

Deno.test("ExchangeSource makes bars of trades where there are no candles to watch, and asks for those that were cut", async () => {
  await using world = await ExchangeWorld.open({ markets: [MARKET], ccxt: { has: { watchOHLCV: false } } });
  assert.match(world.source.note, /trades by websocket/);
  await world.follow(false);
  await world.flow("it follows", () => world.exchange.sockets === 1, 0);
  const trade = (id: number, afterMs: number, price: number) =>
    world.exchange.sendTrade(MARKET, id, FIRST_LIVE + afterMs, price, 2);
  trade(1, 3_000, 70);
  await world.flow("it is read", () => world.figures.connected === 1, 0);
  await world.pass(STEP_MS / 2);
  trade(1, 33_000, 71); // else the silence would be taken for a dead connection
  await world.pass(STEP_MS / 2);
  for (const [id, afterMs, price] of [[2, STEP_MS, 80], [2, STEP_MS, 80], [3, STEP_MS + 2_000, 82]]) {
    trade(id, afterMs, price);
  }
  await world.flow("they are read", () => world.figures.trades === 2, 0);
  assert.equal(world.figures.doubledTrades, 1);
  const made = { openTimeMs: minutes(1), open: 80, high: 82, low: 80, close: 82, volume: 4 };
  await world.flow(
    "the bars",
    () => world.bars().some((bar) => bar !== "hole" && bar.openTimeMs === minutes(1)),
  );
  assert.deepEqual(world.bars().at(-1), made);
  assert.deepEqual(world.bars().at(-2), candleAt(MARKET, FIRST_LIVE), "it was under way at the start");
  trade(4, 2 * STEP_MS + 100, 90);
  await world.flow("it is read", () => world.figures.trades === 3, 0);
  world.exchange.dropSockets();
  const [before] = [world.bars().length];
  await world.flow("the cut bar", () => world.bars().length > before);
  assert.deepEqual(world.bars().at(-1), candleAt(MARKET, minutes(2)));
});

Deno.test("ExchangeSource lets no market suffer for another that the exchange does not answer for", async () => {
  const has = { watchOHLCV: false, watchTrades: false };
  await using world = await ExchangeWorld.open({ ccxt: { has } });
  world.exchange.refused.add("ETHUSDT");
  await world.follow(false);
  await world.flow("bars", () => world.bars().length >= 3);
  assert.deepEqual(world.bars().slice(0, 3), candles(MARKET, FIRST_LIVE, minutes(3)));
  assert.ok(world.clock.nowMs() < minutes(3) + 5_000, "a bar came late");
  assert.ok(world.figures.failures >= 1);
  assert.deepEqual(world.bars("ETH/USDT"), []);
});

Deno.test("ExchangeSource refuses at once what cannot work, and says what there is", async () => {
  const history = async (options: Parameters<typeof ExchangeWorld.open>[0]) => {
    await using world = await ExchangeWorld.open(options);
    await world.history();
  };
  await assert.rejects(history({ markets: ["BTC/USDT", "XYZ/USDT"] }), {
    name: "RangeError",
    message:
      "Cannot take --symbols XYZ/USDT as each must be in the feed: ccxt:binance holds BTC/USDT, ETH/USDT",
  });
  await assert.rejects(
    history({ timeframe: "7m" }),
    /must have candles of 7m \(data\.timeframe\): it has 1s, 1m, 3m/,
  );
  await assert.rejects(
    history({ skewMs: -6_300 }),
    /within 5000 ms .+: it is [67]\d{3} ms ahead of it\. Synchronise it/,
  );
  await assert.rejects(
    ExchangeWorld.open({ markets: ["A:B", "A.B"] }),
    /Cannot follow A\.B of ccxt:binance as its name/,
  );
});

Deno.test("ExchangeSource names a market whose name holds a colon with a dot", async () => {
  await using world = await ExchangeWorld.open({ markets: ["BTC/USDT:USDT"] });
  assert.deepEqual(world.source.symbols, ["BTC/USDT.USDT"]);
  assert.equal(NOW - FIRST_LIVE, 3_000);
});

Deno.test("openCcxtExchange() refuses an exchange that it does not know, and a sandbox that does not exist", async () => {
  const options = { sandbox: true, timeoutMs: 1_000 };
  await assert.rejects(
    openCcxtExchange("binanze", options),
    /ccxt must know the exchange: it knows .*binance, /,
  );
  await assert.rejects(openCcxtExchange("kraken", options), {
    name: "RangeError",
    message: /Cannot use ccxt:kraken in its sandbox .+ Set exchange\.sandbox to false .+ sends no order/,
  });
  const { exchange } = await openCcxtExchange("kraken", { ...options, sandbox: false });
  assert.equal(exchange.id, "kraken");
});
