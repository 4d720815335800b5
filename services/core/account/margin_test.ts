import assert from "node:assert/strict";
import { accountStep } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, shownFills } from "./account_testing.ts";
import { exactRules } from "./costs.ts";
import { liquidationPrice } from "./exits.ts";
import { formatMoney } from "./money.ts";

const RULES = { ...FREE, maxLeverage: 2, maintenanceMargin: 0.25, stopCooldownBars: 3 };
/** 20 at 100 with 1000 borrowed: 20 p − 1000 = 0.25 × 20 p at 66.66666666… */
const long = (changes = {}) => holding(2, 100, changes, RULES);
/** -10 at 100 with 2000 in cash: 2000 − 10 p = 0.25 × 10 p at 160. */
const short = (changes = {}) => holding(-1, 100, changes, RULES);

Deno.test("accountStep() lets a target go as far as may be borrowed, and no further", () => {
  assert.deepEqual([long().quantity, long().cash].map(formatMoney), ["20", "-1000"]);
  assert.deepEqual([short().quantity, holding(-2, 100, {}, RULES).quantity].map(formatMoney), ["-10", "-20"]);
  assert.throws(() => holding(2.01, 100, {}, RULES), {
    name: "RangeError",
    message: "Cannot fill an order as its target must be in [-2, 2]: it is 2.01",
  });
  assert.throws(() => holding(-1.5, 100), /must be in \[-1, 1\]: it is -1\.5/);
});

Deno.test("accountStep() pays a borrowed entry's fee out of its share, and adds with what may still be borrowed", () => {
  // n + 0.01 n <= 2000: n = 1980.19801980; 19.80198019 at 100 and a fee of 19.80198019.
  const { account } = accountStep(fresh(), go(2), barOf(100), { ...RULES, takerBps: 100 });
  assert.deepEqual([account.quantity, account.cash].map(formatMoney), ["19.80198019", "-999.99999919"]);
  const half = holding(0.5, 100); // 5 at 100, 500 in cash
  const more = accountStep(half, go(2, { isResize: true }), barOf(100), RULES);
  assert.deepEqual(shownFills(more.fills), ["order 15 at 100"]);
  assert.equal(formatMoney(more.account.cash), "-1000");
});

Deno.test("liquidationPrice() is where equity is the margin's share of the notional; none where nothing is borrowed", () => {
  const { maintenance } = exactRules(RULES);
  assert.deepEqual(
    [long(), short()].map((account) => formatMoney(liquidationPrice(account, { maintenance })!)),
    [
      "66.66666666",
      "160",
    ],
  );
  assert.equal(liquidationPrice(holding(1, 100), { maintenance }), null);
  assert.equal(liquidationPrice(fresh(), { maintenance }), null);
  assert.equal(liquidationPrice(long(), { maintenance: 0n }), null);
});

Deno.test("accountStep() closes a position where its margin is used up, at that price or an open beyond it", () => {
  const cases = [
    [long(), barOf(100, 90, 66.66666666), "liquidated -20 at 66.66666666"],
    [long(), barOf(100, 90, 66.66666667), undefined],
    [long(), barOf(60, 70), "liquidated -20 at 60"],
    [short(), barOf(100, 120, 99, 160), "liquidated 10 at 160"],
    [short(), barOf(100, 120, 99, 159.99999999), undefined],
    [short(), barOf(180), "liquidated 10 at 180"],
  ] as const;
  for (const [account, bar, expected] of cases) {
    const { fills, account: after } = accountStep(account, null, bar, RULES);
    assert.deepEqual(shownFills(fills), expected === undefined ? [] : [expected]);
    assert.equal(after.cooldownLeft, expected === undefined ? 0 : 3);
    if (expected !== undefined) {
      assert.deepEqual([fills[0]!.decidedAtMs, fills[0]!.liquidity], [null, "taker"]);
    }
  }
  // 1000 and 1333.3333332 of the sale: a quarter of the notional is left.
  assert.equal(formatMoney(accountStep(long(), null, barOf(100, 90, 60), RULES).account.cash), "333.3333332");
});

Deno.test("accountStep() stops out before it is liquidated, where the stop is nearer", () => {
  const inside = barOf(100, 90, 60);
  assert.deepEqual(shownFills(accountStep(long({ stopDistance: 30 }), null, inside, RULES).fills), [
    "stop -20 at 70",
  ]);
  assert.deepEqual(shownFills(accountStep(long({ stopDistance: 35 }), null, inside, RULES).fills), [
    "liquidated -20 at 66.66666666",
  ]);
  const gap = (open: number) =>
    shownFills(accountStep(long({ stopDistance: 30 }), null, barOf(open), RULES).fills);
  assert.deepEqual([gap(69), gap(60)], [["stop -20 at 69"], ["liquidated -20 at 60"]]);
  assert.deepEqual(
    shownFills(accountStep(short({ stopDistance: 50 }), null, barOf(100, 120, 99, 170), RULES).fills),
    [
      "stop 10 at 150",
    ],
  );
});

Deno.test("accountStep() liquidates in the bar of the entry, and lets an order to leave at the open go first", () => {
  const entered = accountStep(fresh(), go(2), barOf(100, 90, 60), RULES);
  assert.deepEqual(shownFills(entered.fills), ["order 20 at 100", "liquidated -20 at 66.66666666"]);
  assert.deepEqual(shownFills(accountStep(long(), go(0), barOf(60), RULES).fills), ["order -20 at 60"]);
  assert.deepEqual(shownFills(accountStep(long(), go(2), barOf(60), RULES).fills), ["liquidated -20 at 60"]);
});

Deno.test("accountStep() gives an entry inside the bar that its fee leaves without margin no better price than its own", () => {
  // 10 % of fee: 18.18181818 at 100 leave 818 of equity, 45 % of the notional; 48 % would be at 105.77, or short at 94.59.
  const rules = { ...RULES, makerBps: 1_000, maintenanceMargin: 0.48 };
  const bought = accountStep(fresh(), go(2, { limitPrice: 100 }), barOf(110, 105, 99, 112), rules);
  assert.deepEqual(shownFills(bought.fills), ["order 18.18181818 at 100", "liquidated -18.18181818 at 100"]);
  const sold = accountStep(fresh(), go(-2, { limitPrice: 100 }), barOf(90, 95, 88, 101), rules);
  assert.deepEqual(shownFills(sold.fills), ["order -20 at 100", "liquidated 20 at 100"]);
});
