import assert from "node:assert/strict";
import { accountStep, fillAtOpen, passBar } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, shownFills, slipping } from "./account_testing.ts";
import { formatMoney } from "./money.ts";

const EXITS = { stopDistance: 4, takeDistance: 6 };
const long = () => holding(1, 100, EXITS); // 10 at 100, stop 96, take 106
const short = () => holding(-1, 100, EXITS); // -10 at 100, stop 104, take 94
const COOL = { ...FREE, cooldownBars: 2, stopCooldownBars: 3 };

Deno.test("accountStep() places stop and take from the price of the fill, costs included, on either side", () => {
  const rules = { ...FREE, halfSpreadBps: 100 };
  const [bought, sold] = [holding(1, 100, EXITS, rules), holding(-1, 100, EXITS, rules)];
  assert.deepEqual([bought.entryPrice, bought.stopPrice, bought.takePrice].map(formatMoney), [
    "101",
    "97",
    "107",
  ]);
  assert.deepEqual([sold.entryPrice, sold.stopPrice, sold.takePrice].map(formatMoney), ["99", "103", "93"]);
});

Deno.test("accountStep() leaves out an exit that lies below zero, which no price can reach", () => {
  const [bought, sold] = [holding(1, 3, EXITS), holding(-1, 5, EXITS)];
  assert.deepEqual([bought.stopPrice, bought.takePrice].map(formatMoney), ["0", "9"]);
  assert.deepEqual([sold.stopPrice, sold.takePrice].map(formatMoney), ["9", "0"]);
});

Deno.test("accountStep() gives a position up at its stop inside the bar, whatever the close", () => {
  const down = accountStep(long(), null, barOf(100, 103, 95.5, 103), FREE);
  assert.deepEqual(shownFills(down.fills), ["stop -10 at 96"]);
  assert.equal(formatMoney(down.equityAtClose), "960");
  assert.deepEqual([down.account.stopPrice, down.account.takePrice, down.account.barsInTrade], [0n, 0n, 0]);
  const up = accountStep(short(), null, barOf(100, 97, 97, 104), FREE);
  assert.deepEqual(shownFills(up.fills), ["stop 10 at 104"]);
  assert.equal(formatMoney(up.equityAtClose), "960");
});

Deno.test("accountStep() takes the profit at its price inside the bar, on either side", () => {
  const up = accountStep(long(), null, barOf(100, 101, 99, 106.01), FREE);
  assert.deepEqual(shownFills(up.fills), ["take -10 at 106"]);
  assert.equal(formatMoney(up.equityAtClose), "1060");
  const down = accountStep(short(), null, barOf(100, 99, 93.9, 101), FREE);
  assert.deepEqual(shownFills(down.fills), ["take 10 at 94"]);
});

Deno.test("accountStep() leaves a take at rest that the bar only touches: others may have been before it there", () => {
  const touches = [
    [long(), barOf(100, 101, 99, 106)],
    [long(), barOf(106)],
    [short(), barOf(100, 99, 94, 101)],
    [short(), barOf(94)],
  ] as const;
  for (const [account, bar] of touches) assert.deepEqual(accountStep(account, null, bar, FREE).fills, []);
});

Deno.test("accountStep() takes the stop where one bar touches stop and take: nobody knows which came first", () => {
  assert.deepEqual(shownFills(accountStep(long(), null, barOf(100, 105, 96, 106), FREE).fills), [
    "stop -10 at 96",
  ]);
  assert.deepEqual(shownFills(accountStep(short(), null, barOf(100, 95, 94, 104), FREE).fills), [
    "stop 10 at 104",
  ]);
});

Deno.test("accountStep() gives no more than the open where a gap has passed the stop, and no less than it where one has passed the take", () => {
  const cases = [
    [long(), barOf(93, 99), "stop -10 at 93"],
    [long(), barOf(108, 99), "take -10 at 108"],
    [short(), barOf(107, 99), "stop 10 at 107"],
    [short(), barOf(92, 99), "take 10 at 92"],
  ] as const;
  for (const [account, bar, expected] of cases) {
    const step = accountStep(account, null, bar, FREE);
    assert.deepEqual(shownFills(step.fills), [expected]);
    assert.equal(step.fills[0].decidedAtMs, null);
    assert.equal(step.equityAtOpen, step.account.cash);
  }
});

Deno.test("accountStep() stops out at a price that is just the open's", () => {
  assert.deepEqual(shownFills(accountStep(long(), null, barOf(96), FREE).fills), ["stop -10 at 96"]);
});

Deno.test("accountStep() counts an exit's costs like any other trade's", () => {
  const rules = { ...FREE, takerBps: 10, ...slipping(50) };
  const account = { ...long(), feesPaid: 0n };
  const { fills } = accountStep(account, null, barOf(100, 97, 95, 100), rules);
  // 96 less 0.5 % is 95.52; 10 of it are 955.2, their fee 0.9552.
  assert.deepEqual(shownFills(fills), ["stop -10 at 95.52"]);
  assert.equal(formatMoney(fills[0].fee), "0.9552");
});

Deno.test("accountStep() stops out on the bar of the entry, at the open where that is beyond the stop already", () => {
  const entry = accountStep(fresh(), go(1, EXITS), barOf(100, 98, 95, 101), FREE);
  assert.deepEqual(shownFills(entry.fills), ["order 10 at 100", "stop -10 at 96"]);
  assert.equal(formatMoney(entry.equityAtClose), "960");
  // Bought at 102 for a price of 100: a stop 1 below the fill is above the price.
  const rules = { ...FREE, halfSpreadBps: 200 };
  const near = accountStep(fresh(), go(1, { stopDistance: 1 }), barOf(100, 100), rules);
  assert.deepEqual(shownFills(near.fills).map((text) => text.split(" at ")[1]), ["102", "98"]);
});

Deno.test("fillAtOpen() lets a stop at the open beat a pending keep or resize, and voids the order", () => {
  for (const order of [null, go(1), go(0.5, { isResize: true })]) {
    const { fills, account } = fillAtOpen(long(), order, barOf(95), FREE);
    assert.deepEqual(shownFills(fills), ["stop -10 at 95"]);
    assert.equal(account.quantity, 0n);
  }
});

Deno.test("fillAtOpen() fills an order that leaves the position as an order, though the open has passed the stop", () => {
  const closed = fillAtOpen(long(), go(0), barOf(95), COOL);
  assert.deepEqual(shownFills(closed.fills), ["order -10 at 95"]);
  assert.equal(closed.account.cooldownLeft, 2);
  const reversed = fillAtOpen(long(), go(-1, EXITS), barOf(95), COOL);
  assert.deepEqual(shownFills(reversed.fills), ["order -10 at 95", "order -10 at 95"]);
  assert.deepEqual([reversed.account.stopPrice, reversed.account.takePrice].map(formatMoney), ["99", "89"]);
  assert.equal(reversed.account.cooldownLeft, 0);
});

Deno.test("accountStep() gives the new position of a reversal exits of its own", () => {
  const { account } = accountStep(long(), go(-1, { stopDistance: 2 }), barOf(100), FREE);
  assert.deepEqual([account.stopPrice, account.takePrice].map(formatMoney), ["102", "0"]);
});

Deno.test("passBar() leaves a position alone that no exit touches, and ages it", () => {
  const { account, fills } = passBar(long(), barOf(100, 101, 96.01, 105.99), FREE);
  assert.deepEqual(fills, []);
  assert.deepEqual(account, { ...long(), barsInTrade: 2 });
});

Deno.test("accountStep() starts a cooldown after an exit to flat, a longer one after a stop", () => {
  assert.equal(accountStep(long(), go(0), barOf(100), COOL).account.cooldownLeft, 2);
  assert.equal(accountStep(long(), null, barOf(100, 100, 100, 107), COOL).account.cooldownLeft, 2);
  assert.equal(accountStep(long(), null, barOf(100, 95), COOL).account.cooldownLeft, 3);
  assert.equal(accountStep(long(), null, barOf(95), COOL).account.cooldownLeft, 3);
  const shorter = { ...COOL, stopCooldownBars: 1 };
  assert.equal(accountStep(long(), null, barOf(95), shorter).account.cooldownLeft, 2);
});

Deno.test("accountStep() counts a cooldown down bar by bar, ignores entries meanwhile, and lets the first one after it in", () => {
  let { account } = accountStep(long(), go(0), barOf(100), COOL);
  for (const left of [1, 0]) {
    const step = accountStep(account, go(1), barOf(100), COOL);
    assert.deepEqual([step.fills, step.account.cooldownLeft], [[], left]);
    account = step.account;
  }
  assert.deepEqual(shownFills(accountStep(account, go(-1), barOf(100), COOL).fills), ["order -10 at 100"]);
});

Deno.test("accountStep() starts no cooldown by a reversal, nor where nothing was held", () => {
  assert.equal(accountStep(long(), go(-1), barOf(100), COOL).account.cooldownLeft, 0);
  assert.equal(accountStep(fresh(), go(0), barOf(100), COOL).account.cooldownLeft, 0);
});

Deno.test("fillAtOpen() refuses a distance that is no distance", () => {
  for (const distance of [0, -1, NaN, Infinity]) {
    assert.throws(() => fillAtOpen(fresh(), go(1, { stopDistance: distance }), barOf(100), FREE), {
      name: "RangeError",
      message: `Cannot fill an order as its stop must be at a distance > 0: it is ${distance}`,
    });
    assert.throws(
      () => fillAtOpen(fresh(), go(1, { takeDistance: distance }), barOf(100), FREE),
      /its take must/,
    );
  }
});
