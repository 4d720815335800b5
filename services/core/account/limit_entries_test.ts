import assert from "node:assert/strict";
import { accountStep, fillAtOpen } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, shownFills } from "./account_testing.ts";
import { formatMoney } from "./money.ts";

const RULES = {
  ...FREE,
  takerBps: 10,
  makerBps: 5,
  halfSpreadBps: 10,
  entry: "limit",
  cooldownBars: 2,
} as const;
const buyAt = (limitPrice: number, changes = {}) => go(1, { limitPrice, ...changes });
const sellAt = (limitPrice: number, changes = {}) => go(-1, { limitPrice, ...changes });

Deno.test("accountStep() fills an entry at its limit, as a maker, where the bar trades through it", () => {
  const { fills, account, voided } = accountStep(fresh(), buyAt(100), barOf(101, 102, 99.99, 103), RULES);
  // n + 0.0005 n <= 1000: n = 999.50024987; 9.99500249 at 100, whose fee 0.4997501245 rounds up.
  assert.deepEqual(shownFills(fills), ["order 9.99500249 at 100"]);
  assert.deepEqual([fills[0]!.liquidity, formatMoney(fills[0]!.fee)], ["maker", "0.49975013"]);
  assert.deepEqual([account.barsInTrade, voided], [1, null]);
  const short = accountStep(fresh(), sellAt(100), barOf(99, 98, 97, 100.01), RULES);
  assert.deepEqual([shownFills(short.fills), short.fills[0]!.liquidity], [["order -10 at 100"], "maker"]);
});

Deno.test("accountStep() voids an entry whose limit the bar only touches, and says how far it went", () => {
  const touched = accountStep(fresh(), buyAt(100), barOf(101, 102, 100, 103), RULES);
  assert.deepEqual([touched.fills, touched.account], [[], fresh()]);
  assert.equal(touched.voided, "the price must pass its limit of 100: it went to 100");
  const missed = accountStep(fresh(), sellAt(100), barOf(99, 98, 97, 99.5), RULES);
  assert.equal(missed.voided, "the price must pass its limit of 100: it went to 99.5");
});

Deno.test("accountStep() fills an entry at an open that is better than its limit, as a taker, never beyond it", () => {
  const [better] = accountStep(fresh(), buyAt(100), barOf(98, 99), RULES).fills;
  assert.deepEqual([better!.liquidity, formatMoney(better!.price)], ["taker", "98.098"]); // 98 and its half spread
  const [near] = accountStep(fresh(), buyAt(100), barOf(99.95, 99.97), RULES).fills;
  assert.deepEqual([near!.liquidity, formatMoney(near!.price)], ["taker", "100"]);
  const [sold] = accountStep(fresh(), sellAt(100), barOf(103, 101), RULES).fills;
  assert.deepEqual([sold!.liquidity, formatMoney(sold!.price)], ["taker", "102.897"]);
  // The open is no better than the limit where it is the limit.
  assert.deepEqual(accountStep(fresh(), buyAt(100), barOf(100, 101), RULES).fills, []);
});

Deno.test("accountStep() rounds a limit to the tick against the trader", () => {
  const rules = { ...FREE, tick: 0.5 };
  const [bought] = accountStep(fresh(), buyAt(100.2), barOf(101, 101, 100.4), rules).fills;
  assert.equal(formatMoney(bought!.price), "100.5");
  const [sold] = accountStep(fresh(), sellAt(100.2), barOf(99, 99, 98, 100.1), rules).fills;
  assert.equal(formatMoney(sold!.price), "100");
});

Deno.test("accountStep() stops an entry out in its own bar, as the price was there after it", () => {
  const exits = { stopDistance: 4, takeDistance: 6 };
  const stopped = accountStep(fresh(), buyAt(100, exits), barOf(101, 99, 96, 103), FREE);
  assert.deepEqual(shownFills(stopped.fills), ["order 10 at 100", "stop -10 at 96"]);
  const covered = accountStep(fresh(), sellAt(100, exits), barOf(99, 101, 97, 105), FREE);
  assert.deepEqual(shownFills(covered.fills), ["order -10 at 100", "stop 10 at 104"]);
});

Deno.test("accountStep() takes an entry's profit in its own bar only where the close is beyond it", () => {
  const exits = { stopDistance: 4, takeDistance: 6 };
  // The high of 107 may have been before the low of 99.
  const early = accountStep(fresh(), buyAt(100, exits), barOf(101, 106, 99, 107), FREE);
  assert.deepEqual(shownFills(early.fills), ["order 10 at 100"]);
  const late = accountStep(fresh(), buyAt(100, exits), barOf(101, 106.1, 99, 107), FREE);
  assert.deepEqual(shownFills(late.fills), ["order 10 at 100", "take -10 at 106"]);
  const both = accountStep(fresh(), buyAt(100, exits), barOf(101, 107, 95, 107), FREE);
  assert.deepEqual(shownFills(both.fills), ["order 10 at 100", "stop -10 at 96"]);
  const atOpen = accountStep(fresh(), buyAt(100, exits), barOf(99, 100, 98, 105.5), FREE);
  assert.deepEqual(shownFills(atOpen.fills).map((fill) => fill.split(" at ")[1]), ["99", "105"]); // it was there before
});

Deno.test("accountStep() closes at the open what a limit reverses; without its entry that was an exit", () => {
  const long = holding(1, 100);
  const filled = accountStep(long, sellAt(102), barOf(101, 101, 100, 103), RULES);
  // Sold at 101 less 0.1 %, then short at the limit.
  assert.deepEqual(shownFills(filled.fills).map((fill) => fill.split(" at ")[1]), ["100.899", "102"]);
  assert.deepEqual(filled.fills.map(({ liquidity }) => liquidity), ["taker", "maker"]);
  assert.equal(filled.account.cooldownLeft, 0);
  const missed = accountStep(long, sellAt(102), barOf(101, 101, 100, 102), RULES);
  assert.deepEqual(shownFills(missed.fills), ["order -10 at 100.899"]);
  assert.deepEqual([missed.account.quantity, missed.account.cooldownLeft], [0n, 2]);
  assert.match(missed.voided!, /the price must pass its limit of 102/);
});

Deno.test("accountStep() lets no limit rest in a cooldown, nor below the least notional", () => {
  const cooling = { ...fresh(), cooldownLeft: 1 };
  assert.equal(fillAtOpen(cooling, buyAt(100), barOf(101), RULES).resting, null);
  const small = accountStep(fresh(), buyAt(100, { target: 0.1 }), barOf(101, 101, 99), {
    ...RULES,
    minNotional: 500,
  });
  assert.deepEqual([small.fills.length, small.voided?.split(":")[0]], [
    0,
    "its notional must be at least 500",
  ]);
});
