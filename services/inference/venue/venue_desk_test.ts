import assert from "node:assert/strict";
import { parseMoney } from "../../core/account/money.ts";
import { reconciliations } from "../../core/contracts/venue.ts";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { ACCOUNT, type DeskWorld, go } from "./desk_world_testing.ts";
import { assertAgreement, openPaperWorld } from "./paper_world_testing.ts";
import { SYMBOL } from "./venue_testing.ts";

const STOP = { stopDistance: 10 };

/** A world that holds a position with a stop at 90. */
async function holding() {
  const world = await openPaperWorld();
  await world.bar(go(0.5, STOP));
  await world.settle();
  await world.bar();
  return world;
}

const haltOf = (world: DeskWorld) =>
  until(systemClock, "the halt", () => world.ledger.control(ACCOUNT), { deadlineMs: 10_000 });

const kindsOf = async (world: DeskWorld) => (await world.events()).map(({ kind, leg }) => `${kind} ${leg}`);

Deno.test("VenueDesk sends what was committed, and its executions move the account with the next bar", async () => {
  await using world = await openPaperWorld();
  await world.bar(go(0.5));
  await world.settle();
  assert.equal(world.account.quantity, 0n, "not before the next bar");
  await world.bar();
  assert.deepEqual(await world.executed(), ["entry 499.80006"]);
  assertAgreement(world, "499.30025994");
  assert.equal(world.account.quantity, parseMoney("499.30025994"), "the fee was taken in BTC");
  const fills = (await world.fills()).map(({ side, quantity, price, fee, reason }) =>
    `${side} ${quantity} at ${price} for ${fee}: ${reason}`
  );
  assert.deepEqual(fills, ["buy 499.30025994 at 100 for 49.980006: order"]);
  assert.deepEqual(await kindsOf(world), ["sending entry", "filled entry"]);
  assert.equal(world.account.cash, world.books.balance("USDT"));
});

Deno.test("VenueDesk orders nothing before venue and ledger were compared, nor on top of an order that is not settled", async () => {
  await using world = await openPaperWorld({ isCompared: false });
  assert.match(await world.bar(go(1)), /^the venue was not compared with the ledger yet$/);
  await world.settle();
  [world.books.pieces, world.books.heldBack] = [2, 1];
  await world.bar(go(0.5));
  await until(systemClock, "half of it is filled", () => world.desk.arrivals.executions.length === 1);
  assert.match(await world.bar(go(0)), /^the entry of 499\.80006 is not settled at the venue yet$/);
  assert.equal(world.account.quantity > 0n, true, "what is filled counts");
  world.books.heldBack = 0;
  world.books.fillRest();
  await world.settle();
  assert.equal(await world.bar(go(0)), "a test");
  await world.settle();
  await world.bar();
  assert.deepEqual(await world.executed(), ["entry 499.80006", "exit 499.30025"]);
  assertAgreement(world, "0.00000994");
  assert.equal(world.account.quantity, 0n, "less than a lot cannot be sold");
});

Deno.test("VenueDesk takes up what an exit left with the next entry", async () => {
  await using world = await openPaperWorld();
  for (const target of [0.5, 0, 0.5, 0, 0.5]) {
    await world.bar(go(target));
    await world.settle();
  }
  await world.bar();
  assertAgreement(world);
  assert.ok(world.account.quantity > 0n);
  assert.equal(world.desk.book.live.dust, 0n);
});

Deno.test("VenueDesk lets a stop rest from the fill on, and what it executes is told as a stop, with its cooldown", async () => {
  await using world = await holding();
  assert.deepEqual(
    world.books.open("BTCUSDT").map(({ type, stopPrice, quantity }) => [type, stopPrice, quantity]),
    [
      ["STOP_LOSS", parseMoney("90"), parseMoney("499.30025")],
    ],
  );
  assert.equal(world.account.stopPrice, parseMoney("90"));
  world.setPrice("88");
  await until(systemClock, "the stop is seen", () => world.desk.arrivals.executions.length === 1);
  await world.bar();
  const last = (await world.fills()).at(-1)!;
  assert.deepEqual([last.side, last.price, last.reason, last.decidedAtMs], ["sell", "88", "stop", null]);
  assert.deepEqual([world.account.quantity, world.account.stopPrice, world.account.cooldownLeft], [
    0n,
    0n,
    2,
  ]);
  assertAgreement(world);
});

Deno.test("VenueDesk calls the stop back before it sells, and sells once where the stop was faster", async () => {
  for (const isFaster of [false, true]) {
    await using world = await holding();
    if (isFaster) world.broker.mischief = (at) => (at === "cancel" && world.setPrice("89"), null);
    await world.bar(go(0));
    await world.settle();
    await world.bar();
    assert.deepEqual(await world.executed(), ["entry 499.80006", `${isFaster ? "stop" : "exit"} 499.30025`]);
    assert.deepEqual(world.books.open("BTCUSDT"), []);
    assertAgreement(world, "0.00000994");
  }
});

Deno.test("VenueDesk places the stop anew, at its price, where a resize changes the quantity", async () => {
  await using world = await holding();
  for (const target of [0.8, 0.2]) {
    await world.bar(go(target, { isResize: true }));
    await world.settle();
  }
  await world.bar();
  const [stop] = world.books.open("BTCUSDT");
  assert.deepEqual([world.books.open("BTCUSDT").length, stop.stopPrice], [1, parseMoney("90")]);
  assert.equal(stop.quantity, world.account.quantity / 1_000n * 1_000n);
  assert.deepEqual((await world.executed()).map((text) => text.split(" ")[0]), ["entry", "add", "reduce"]);
  assertAgreement(world);
});

Deno.test("VenueDesk gives a position up at the market where the price is beyond its stop already", async () => {
  await using world = await openPaperWorld();
  await world.bar(go(0.5, STOP));
  world.broker.mischief = (
    at,
  ) => (at === "send" && world.books.trades.length === 1 && world.setPrice("85"), null);
  await world.settle();
  await world.bar();
  assert.deepEqual((await world.fills()).map(({ reason, price }) => `${reason} ${price}`), [
    "order 100",
    "stop 85",
  ]);
  assertAgreement(world, "0.00000994");
});

Deno.test("VenueDesk halts the account where the venue will not even close at the market", async () => {
  await using world = await openPaperWorld();
  await world.bar(go(0.0001, STOP)); // worth 10 USDT
  world.broker.mischief = (
    at,
  ) => (at === "send" && world.books.trades.length === 1 && world.setPrice("40"), null);
  const halted = async () => (await world.ledger.control(ACCOUNT))?.state === "halted";
  await until(systemClock, "the halt", halted, { deadlineMs: 10_000 });
  assert.match(
    (await world.ledger.control(ACCOUNT))!.reason,
    /^the venue refuses to close 0\.09986: Filter failure: NOTIONAL$/,
  );
});

Deno.test("VenueDesk gives an order up that could not leave in time, but never a stop", async () => {
  await using world = await openPaperWorld();
  world.leads = false;
  await world.bar(go(0.5));
  world.clock.advance(31_000);
  world.leads = true;
  await world.settle();
  assert.deepEqual(await kindsOf(world), ["cancelled entry"]);
  assert.equal(world.books.orders.length, 0);
});

Deno.test("VenueDesk of a replica without a lease sends nothing", async () => {
  await using world = await openPaperWorld();
  world.leads = false;
  await world.bar(go(0.5));
  for (let waits = 0; waits < 20; waits++) await world.clock.wait(500);
  assert.deepEqual([world.books.orders.length, await world.events()], [0, []]);
});

Deno.test("VenueDesk halts where a fee's worth is not known, and goes on after a resume", async () => {
  await using world = await openPaperWorld();
  world.books.balances.set("BNB", parseMoney("10000"));
  world.books.feeAsset = "BNB";
  await world.bar(go(0.5));
  const control = await haltOf(world);
  assert.match(
    control.reason,
    /^the venue took a fee in BNB, whose worth is not known: have fees taken in BTC or USDT$/,
  );
  await world.bar();
  await world.settle();
  assertAgreement(world, "499.80006");
});

Deno.test("VenueDesk halts with both figures where the venue holds something else, at the start and later", async () => {
  await using world = await openPaperWorld({ isCompared: false, held: "1.5" });
  const control = await haltOf(world);
  assert.deepEqual([control.state, control.by, control.reason], [
    "halted",
    "venue",
    "the venue holds 1.5 BTC of BTC/USDT, the ledger 0",
  ]);
  assert.equal(await world.bar(go(0.5)), "the venue holds 1.5 BTC of BTC/USDT, the ledger 0");
  const told = await world.store.getField(reconciliations(ACCOUNT), SYMBOL);
  assert.deepEqual([told?.state, told?.ledger, told?.venue, told?.accept], ["differs", "0", "1.5", null]);
  world.books.balances.set("BTC", 0n);
  await world.settle();
  assert.equal((await world.store.getField(reconciliations(ACCOUNT), SYMBOL))?.state, "agrees");
});

/** A world that differs by so much, and a person's word on it. */
async function differing(byBtc: string, accept: "venue" | "ledger") {
  const world = await holding();
  world.books.balances.set("BTC", world.books.balance("BTC") + parseMoney(byBtc));
  await world.bar(go(0.8, { isResize: true }));
  const map = reconciliations(ACCOUNT);
  const told = async () => {
    const known = await world.store.getField(map, SYMBOL);
    return known?.state === "differs" ? known : null;
  };
  const known = await until(systemClock, "the difference", told, { deadlineMs: 10_000 });
  await world.store.setField(map, SYMBOL, { ...known, accept });
  await world.settle();
  await world.bar();
  return world;
}

Deno.test("VenueDesk takes the venue's position over where a person says that the venue is right", async () => {
  for (const by of ["2", "-100.5", "0.00123"]) {
    await using world = await differing(by, "venue");
    assertAgreement(world);
    const last = (await world.fills()).at(-1)!;
    assert.deepEqual([last.reason, last.side, last.fee], [
      "reconciled",
      by.startsWith("-") ? "sell" : "buy",
      "0",
    ]);
    assert.equal(Math.abs(Number(last.quantity)), Math.abs(Number(by)));
  }
});

Deno.test("VenueDesk brings the venue to the ledger where a person says that the ledger is right", async () => {
  for (const by of ["2", "-1.5"]) {
    await using world = await differing(by, "ledger");
    assertAgreement(world);
    assert.ok((await world.executed()).some((text) => text === `reconcile ${by.replace("-", "")}`));
    const taken = (await world.fills()).filter(({ reason }) => reason === "reconciled");
    const fee = by.startsWith("-") ? ["sell -0.0015"] : []; // taken in BTC by the purchase, too little to be bought again
    assert.deepEqual(taken.map(({ side, quantity }) => `${side} ${quantity}`), fee);
  }
});
