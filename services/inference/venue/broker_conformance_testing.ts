/** What every {@link Broker} must do; run against each. */
import assert from "node:assert/strict";
import { parseMoney } from "../../core/account/money.ts";
import type { FakeMatching } from "../../core/testing/fake_matching.ts";
import { type Broker, VenueError } from "./broker.ts";
import { orderOf, SYMBOL } from "./venue_testing.ts";

export interface OpenedBroker extends AsyncDisposable {
  readonly broker: Broker;
  /** What the venue has done: 100,000 USDT at a price of 100 at first. */
  readonly books: FakeMatching;
}

/** Registers the suite. @param name Begins the name of each test. */
export function testBrokerConformance(name: string, open: () => Promise<OpenedBroker>): void {
  const test = (behaviour: string, body: (opened: OpenedBroker) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      await using opened = await open();
      await body(opened);
    });
  testSending(test);
  testResting(test);
  testRefusals(test);
}

type BrokerTest = (behaviour: string, body: (opened: OpenedBroker) => Promise<void>) => void;

function testSending(test: BrokerTest): void {
  test("market() tells lot, tick and least sizes, and refuses a market that is not there", async ({ broker }) => {
    const market = broker.market(SYMBOL);
    assert.deepEqual([market.base, market.quote, market.lot, market.tick], [
      "BTC",
      "USDT",
      1_000n,
      1_000_000n,
    ]);
    assert.deepEqual([market.leastQuantity, market.leastNotional], [1_000n, 500_000_000n]);
    assert.deepEqual([market.restsStops, market.restsTakes, market.restsBoth], [true, true, false]);
    await assert.rejects(async () => await broker.market("XXX/YYY"), RangeError);
  });

  test("send() executes an order at the market at once, and find() tells the same of it", async ({ broker, books }) => {
    const order = orderOf(1);
    const answer = await broker.send(SYMBOL, order);
    assert.deepEqual([answer.status, answer.isComplete], ["filled", true]);
    assert.deepEqual(
      answer.fills.map(({ price, quantity, fee, feeCurrency }) => [price, quantity, fee, feeCurrency]),
      [
        ["100", "0.5", "0.0005", "BTC"],
      ],
    );
    assert.deepEqual(await broker.find(SYMBOL, order), answer);
    assert.equal(books.orders.length, 1);
    const balances = await broker.balances();
    assert.deepEqual([balances.get("BTC"), balances.get("USDT")], [49_950_000n, parseMoney("99950")]);
  });

  test("find() tells fills that sum to the quantity of the order, each once", async ({ broker, books }) => {
    books.pieces = 4;
    const order = orderOf(1, { quantity: "0.50003" });
    const { fills } = await broker.send(SYMBOL, order);
    assert.equal(fills.length, 4);
    assert.equal(new Set(fills.map(({ tradeId }) => tradeId)).size, 4);
    assert.equal(fills.reduce((sum, { quantity }) => sum + parseMoney(quantity), 0n), parseMoney("0.50003"));
    assert.deepEqual((await broker.find(SYMBOL, order))?.fills, fills);
  });

  test("find() tells what is filled by now of an order that is filled in parts", async ({ broker, books }) => {
    [books.pieces, books.heldBack] = [4, 3];
    const first = await broker.send(SYMBOL, orderOf(1));
    assert.deepEqual([first.status, first.fills.length], ["open", 1]);
    books.fillRest();
    const rest = await broker.find(SYMBOL, orderOf(1));
    assert.deepEqual([rest?.status, rest?.fills.length, rest?.isComplete], ["filled", 2, true]);
    assert.deepEqual(rest?.fills[0], first.fills[0]);
  });

  test("find() says null of an order that was never sent", async ({ broker }) => {
    assert.equal(await broker.find(SYMBOL, orderOf(1)), null);
  });
}

function testResting(test: BrokerTest): void {
  const stop = orderOf(1, { leg: "stop", side: "sell", quantity: "0.4", trigger: "90" });
  const take = orderOf(1, { leg: "take", side: "sell", quantity: "0.4", trigger: "110" });

  test("send() lets a stop and a take rest until the price reaches them", async ({ broker, books }) => {
    for (const [order, beyond] of [[stop, "89.5"], [take, "110.5"]] as const) {
      books.setPrice("BTCUSDT", "100");
      await broker.send(SYMBOL, orderOf(order === stop ? 1 : 2));
      assert.equal((await broker.send(SYMBOL, order)).status, "open");
      assert.deepEqual(await broker.openOrders(SYMBOL), [order.clientOrderId]);
      books.setPrice("BTCUSDT", beyond);
      const answer = await broker.find(SYMBOL, order);
      assert.deepEqual([answer?.status, answer?.fills[0].price, answer?.fills[0].quantity], [
        "filled",
        beyond,
        "0.4",
      ]);
      assert.deepEqual(await broker.openOrders(SYMBOL), []);
    }
  });

  test("send() of an id that is open is refused: one id, one order", async ({ broker, books }) => {
    await broker.send(SYMBOL, orderOf(1));
    await broker.send(SYMBOL, stop);
    await assert.rejects(broker.send(SYMBOL, stop), VenueError);
    assert.equal(books.open("BTCUSDT").length, 1);
  });

  test("cancel() calls a resting order back for good, and again changes nothing", async ({ broker, books }) => {
    await broker.send(SYMBOL, orderOf(1));
    await broker.send(SYMBOL, stop);
    await broker.cancel(SYMBOL, stop);
    await broker.cancel(SYMBOL, stop);
    books.setPrice("BTCUSDT", "80");
    const answer = await broker.find(SYMBOL, stop);
    assert.deepEqual([answer?.status, answer?.fills.length], ["cancelled", 0]);
  });

  test("cancel() of an order that is filled, or was never there, is no fault and changes nothing", async (opened) => {
    const { broker } = opened;
    await broker.send(SYMBOL, orderOf(1));
    await broker.cancel(SYMBOL, orderOf(1));
    await broker.cancel(SYMBOL, orderOf(7));
    assert.equal((await broker.find(SYMBOL, orderOf(1)))?.status, "filled");
  });
}

function testRefusals(test: BrokerTest): void {
  test("send() says what the venue refuses, and nothing is done then", async ({ broker, books }) => {
    const refused = [
      orderOf(1, { quantity: "5000" }), // more than the account has
      orderOf(2, { quantity: "0.02" }), // less than 5 USDT
      orderOf(3, { side: "sell" }), // nothing is held
    ];
    for (const order of refused) {
      await assert.rejects(broker.send(SYMBOL, order), (error: VenueError) => error.fault === "refused");
      assert.equal(await broker.find(SYMBOL, order), null);
    }
    await broker.send(SYMBOL, orderOf(4));
    const passed = orderOf(4, { leg: "stop", side: "sell", quantity: "0.4", trigger: "101" });
    await assert.rejects(broker.send(SYMBOL, passed), (error: VenueError) => error.fault === "refused");
    assert.equal(books.orders.length, 1);
  });
}
