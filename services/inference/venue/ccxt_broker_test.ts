import assert from "node:assert/strict";
import type { VenueMischief } from "../../core/testing/fake_venue.ts";
import { VenueError, type VenueFault } from "./broker.ts";
import { testBrokerConformance } from "./broker_conformance_testing.ts";
import { CcxtBroker } from "./ccxt_broker.ts";
import { openFakeVenue, orderOf, SYMBOL } from "./venue_testing.ts";

testBrokerConformance("CcxtBroker", async () => {
  const opened = await openFakeVenue();
  return {
    broker: opened.broker,
    books: opened.venue.books,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
});

async function faultOf(asking: Promise<unknown>): Promise<VenueError> {
  return await asking.then(() => assert.fail("it must fail"), (error) => {
    assert.ok(error instanceof VenueError, Deno.inspect(error));
    return error;
  });
}

Deno.test("CcxtBroker.send() tells what was not done from what may have been done", async () => {
  await using opened = await openFakeVenue(500);
  const { broker, venue } = opened;
  const expected: readonly (readonly [VenueMischief, VenueFault, number | null, boolean])[] = [
    ["time-out before", "unclear", null, false],
    ["time-out after", "unclear", null, true],
    ["server error before", "unclear", null, false],
    ["server error after", "unclear", null, true],
    ["disconnect after", "unclear", null, true],
    ["too many requests", "put off", 2_000, false],
    ["banned", "put off", 60_000, false],
  ];
  for (const [index, [mischief, fault, retryAfterMs, isDone]] of expected.entries()) {
    const order = orderOf(index + 1);
    venue.misbehave("send", mischief);
    const error = await faultOf(broker.send(SYMBOL, order));
    assert.deepEqual([error.fault, error.retryAfterMs], [fault, retryAfterMs], mischief);
    assert.equal((await broker.find(SYMBOL, order))?.status, isDone ? "filled" : undefined, mischief);
  }
  venue.isOut = true;
  assert.equal((await faultOf(broker.send(SYMBOL, orderOf(90)))).fault, "unclear");
  venue.behave();
  assert.equal(await broker.find(SYMBOL, orderOf(90)), null);
});

Deno.test("CcxtBroker never sends an order twice by itself, whatever ccxt is configured to", async () => {
  await using opened = await openFakeVenue(500, {
    options: { maxRetriesOnFailure: 3 },
    maxRetriesOnFailure: 3,
  });
  const { broker, venue } = opened;
  venue.misbehave("send", "server error after");
  await faultOf(broker.send(SYMBOL, orderOf(1)));
  assert.deepEqual([venue.books.orders.length, venue.asked.filter((each) => each === "send").length], [1, 1]);
});

Deno.test("CcxtBroker.find() fails where the venue does not answer, and does not say that the order is not there", async () => {
  await using opened = await openFakeVenue(500);
  const { broker, venue } = opened;
  await broker.send(SYMBOL, orderOf(1));
  for (const mischief of ["time-out before", "server error before", "too many requests"] as const) {
    venue.misbehave("find", mischief);
    await faultOf(broker.find(SYMBOL, orderOf(1)));
  }
  venue.misbehave("find", "unknown order");
  assert.equal(await broker.find(SYMBOL, orderOf(1)), null, "a lookup that lags");
});

Deno.test("CcxtBroker.find() says when the venue does not list all trades yet, and lists a doubled trade once", async () => {
  await using opened = await openFakeVenue();
  const { broker, venue } = opened;
  venue.books.pieces = 3;
  venue.misbehave("trades", "last trade missing");
  const sent = await broker.send(SYMBOL, orderOf(1));
  assert.deepEqual([sent.status, sent.fills.length, sent.isComplete], ["filled", 2, false]);
  assert.equal((await broker.find(SYMBOL, orderOf(1)))?.isComplete, true);
  venue.misbehave("trades", "doubled");
  const doubled = await broker.find(SYMBOL, orderOf(1));
  assert.deepEqual([doubled?.fills.length, doubled?.isComplete], [3, true]);
});

Deno.test("CcxtBroker pages through the trades of an order", async () => {
  await using opened = await openFakeVenue();
  const { broker, venue } = opened;
  venue.books.pieces = 2_100;
  const { fills, isComplete } = await broker.send(SYMBOL, orderOf(1));
  assert.deepEqual([fills.length, isComplete], [2_100, true]);
});

Deno.test("CcxtBroker sets its clock where the venue finds a request too old", async () => {
  await using opened = await openFakeVenue();
  const { broker, venue } = opened;
  venue.skewMs = 20_000;
  opened.exchange.skewMs = 20_000;
  assert.equal((await faultOf(broker.send(SYMBOL, orderOf(1)))).fault, "put off");
  assert.equal((await broker.send(SYMBOL, orderOf(1))).status, "filled");
  assert.equal(venue.books.orders.length, 1);
});

Deno.test("CcxtBroker's errors hold neither key nor signature", async () => {
  await using opened = await openFakeVenue(500);
  const { broker, venue } = opened;
  for (const at of ["find", "account", "openOrders"] as const) venue.misbehave(at, "server error before");
  const asked = [broker.find(SYMBOL, orderOf(1)), broker.balances(), broker.openOrders(SYMBOL)];
  for (const asking of asked) {
    const text = Deno.inspect(await faultOf(asking), { depth: 10 });
    assert.doesNotMatch(text, /signature|k-0123456789|s-9876543210/);
  }
});

Deno.test("CcxtBroker refuses an exchange whose orders cannot be found by our ids", async () => {
  const keys = { key: "k", secret: "s", password: null };
  const options = { sandbox: false, timeoutMs: 100, receiveWindowMs: 5_000, keys };
  await assert.rejects(CcxtBroker.open({ ...options, exchange: "kraken" }), {
    name: "RangeError",
    message:
      "Cannot trade at kraken as its orders must be known to be found by our ids: that was tried with " +
      "binance, binanceus",
  });
});
