import assert from "node:assert/strict";
import { accountStep, fillAtOpen } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, shownFills, slipping } from "./account_testing.ts";
import { exactRules, sellPrice } from "./costs.ts";
import { formatMoney, parseMoney } from "./money.ts";

const EXITS = { stopDistance: 4, takeDistance: 6 };

Deno.test("accountStep() takes a maker's fee of a take, at its own price, and a taker's of everything else", () => {
  const rules = { ...FREE, takerBps: 10, makerBps: 2, halfSpreadBps: 50, ...slipping(50) };
  const long = holding(1, 100, EXITS); // 10 at 100, stop 96, take 106
  const [take] = accountStep(long, null, barOf(100, 101, 99, 107), rules).fills;
  // 1060 × 0.0002
  assert.deepEqual([take!.liquidity, ...[take!.price, take!.fee].map(formatMoney)], [
    "maker",
    "106",
    "0.212",
  ]);
  const [stop] = accountStep(long, null, barOf(100, 97, 95, 100), rules).fills;
  // 96 less 1 % is 95.04; 950.4 × 0.001
  assert.deepEqual([stop!.liquidity, ...[stop!.price, stop!.fee].map(formatMoney)], [
    "taker",
    "95.04",
    "0.9504",
  ]);
  const [sale] = accountStep(long, go(0), barOf(100), rules).fills;
  assert.deepEqual([sale!.liquidity, ...[sale!.price, sale!.fee].map(formatMoney)], ["taker", "99", "0.99"]);
});

Deno.test("accountStep() gives a take that the open has passed the open, as a maker", () => {
  const rules = { ...FREE, makerBps: 2, halfSpreadBps: 50 };
  const [take] = fillAtOpen(holding(1, 100, EXITS), null, barOf(108), rules).fills;
  assert.deepEqual([take!.liquidity, formatMoney(take!.price)], ["maker", "108"]);
});

Deno.test("accountStep() takes the least fee where the share is less, and leaves room for it", () => {
  const rules = { ...FREE, takerBps: 10, minFee: 2 };
  // n + 2 <= 1000; the share of 998 is 0.998.
  const small = accountStep(fresh(), go(1), barOf(100), rules);
  assert.deepEqual(shownFills(small.fills), ["order 9.98 at 100"]);
  assert.deepEqual([small.fills[0]!.fee, small.account.cash].map(formatMoney), ["2", "0"]);
  // n + 0.001 n <= 10000: n = 9990.00999000, whose share is 9.99000999.
  const large = accountStep(fresh("10000"), go(1), barOf(100), rules);
  assert.deepEqual(shownFills(large.fills), ["order 99.9000999 at 100"]);
  assert.equal(formatMoney(large.fills[0]!.fee), "9.99000999");
  // Selling takes it from what is received, a short from its cash.
  assert.equal(formatMoney(accountStep(small.account, go(0), barOf(100), rules).account.cash), "996");
  const short = accountStep(fresh(), go(-0.5), barOf(100), rules);
  assert.equal(formatMoney(short.account.cash), "1498");
});

Deno.test("accountStep() enters nothing with less than the least fee", () => {
  assert.deepEqual(accountStep(fresh("2"), go(1), barOf(100), { ...FREE, minFee: 2 }).fills, []);
});

Deno.test("accountStep() rounds what is paid to the tick against the trader: buying up, selling down", () => {
  const rules = { ...FREE, tick: 0.25 };
  const long =
    accountStep(fresh(), go(1, { stopDistance: 4.1, takeDistance: 6.1 }), barOf(100.1), rules).account;
  // Bought at 100.25: a stop at 96.15 and a take at 106.35 are both sales.
  assert.deepEqual([long.entryPrice, long.stopPrice, long.takePrice].map(formatMoney), [
    "100.25",
    "96",
    "106.25",
  ]);
  const short =
    accountStep(fresh(), go(-1, { stopDistance: 4.1, takeDistance: 6.1 }), barOf(100.1), rules).account;
  // Sold at 100: a stop at 104.1 and a take at 93.9 are both purchases.
  assert.deepEqual([short.entryPrice, short.stopPrice, short.takePrice].map(formatMoney), [
    "100",
    "104.25",
    "94",
  ]);
  assert.deepEqual(shownFills(accountStep(long, go(0), barOf(99.9), rules).fills), [
    "order -9.97506234 at 99.75",
  ]);
});

Deno.test("sellPrice() is at least one tick", () => {
  const { taker } = exactRules({ ...FREE, tick: 0.25, ...slipping(900) });
  assert.equal(formatMoney(sellPrice(parseMoney("0.26"), taker)), "0.25");
  assert.equal(formatMoney(sellPrice(parseMoney("0.27"), taker)), "0.25");
});

Deno.test("accountStep() trades whole lots, towards less, and contracts by their multiplier", () => {
  // 1000 / 101 = 9.9009…
  assert.deepEqual(shownFills(accountStep(fresh(), go(1), barOf(101), { ...FREE, lot: 1 }).fills), [
    "order 9 at 101",
  ]);
  assert.deepEqual(shownFills(accountStep(fresh(), go(-1), barOf(101), { ...FREE, lot: 0.5 }).fills), [
    "order -9.5 at 101",
  ]);
  // A contract of 50 units at 4100 is worth 205000: four of them fit into a million.
  const rules = { ...FREE, lot: 1, multiplier: 50 };
  const futures = accountStep(fresh("1000000"), go(1), barOf(4100, 4110), rules);
  assert.deepEqual(shownFills(futures.fills), ["order 200 at 4100"]);
  // Four contracts gain 10 × 50 each.
  assert.equal(formatMoney(futures.equityAtClose), "1002000");
});

Deno.test("accountStep() resizes by whole lots, and always closes all of it", () => {
  const held = accountStep(fresh(), go(1), barOf(100), { ...FREE, lot: 3 }).account; // 9 at 100, 100 left
  // Half of 1000 are 5 units: 4 are too many, one lot is 3.
  const half = accountStep(held, go(0.5, { isResize: true }), barOf(100), { ...FREE, lot: 3 });
  assert.deepEqual(shownFills(half.fills), ["order -3 at 100"]);
  // A short that has lost more than all is closed, though 10 are no lots of 3.
  const ruined = accountStep(holding(-1, 100), go(-0.5, { isResize: true }), barOf(250), { ...FREE, lot: 3 });
  assert.deepEqual(shownFills(ruined.fills), ["order 10 at 250"]);
  // What was bought in other lots can still be sold.
  assert.deepEqual(shownFills(accountStep(held, go(0), barOf(100), { ...FREE, lot: 5 }).fills), [
    "order -9 at 100",
  ]);
});

Deno.test("accountStep() voids what is below a lot or the least notional, and says by which rule", () => {
  const lots = accountStep(fresh(), go(1), barOf(100), { ...FREE, lot: 20 });
  assert.deepEqual([lots.fills, lots.account, lots.voided], [
    [],
    fresh(),
    "it must be a lot of 20 units: it is less",
  ]);
  const rules = { ...FREE, minNotional: 500 };
  const small = accountStep(fresh(), go(0.25), barOf(100), rules);
  assert.deepEqual([small.fills, small.voided], [[], "its notional must be at least 500: it is 250"]);
  const enough = accountStep(fresh(), go(0.5), barOf(100), rules);
  assert.deepEqual([shownFills(enough.fills), enough.voided], [["order 5 at 100"], null]);
  const resize = accountStep(enough.account, go(0.75, { isResize: true }), barOf(100), rules);
  assert.deepEqual([resize.fills, resize.voided], [[], "its notional must be at least 500: it is 250"]);
});

Deno.test("accountStep() closes what is below the least notional, by order, reversal and stop", () => {
  const rules = { ...FREE, minNotional: 500, cooldownBars: 2 };
  const held = holding(0.25, 100, EXITS);
  assert.deepEqual(shownFills(accountStep(held, go(0), barOf(100), rules).fills), ["order -2.5 at 100"]);
  assert.deepEqual(shownFills(accountStep(held, null, barOf(95), rules).fills), ["stop -2.5 at 95"]);
  const reversed = accountStep(held, go(-0.25), barOf(100), rules);
  assert.deepEqual(shownFills(reversed.fills), ["order -2.5 at 100"]);
  assert.equal(reversed.voided, "its notional must be at least 500: it is 250");
  assert.equal(reversed.account.cooldownLeft, 2); // it was an exit
});
