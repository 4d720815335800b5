import assert from "node:assert/strict";
import fc from "fast-check";
import { accountStep } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, lastBar, shownFills } from "./account_testing.ts";
import { slippageShare } from "./slippage.ts";
import type { TradeRules } from "./trade_rules.ts";

const ATR: TradeRules = { ...FREE, slippage: { model: "atr_share", share: 0.1 } };
const VOLUME: TradeRules = {
  ...FREE,
  slippage: { model: "volume_share", bpsAtOnePercent: 10, power: 0.5, mostBps: 40 },
};

Deno.test("accountStep() slips by a share of the average true range at the close before", () => {
  // 0.1 × 2 of a price of 100 are 0.2 %: 110 × 1.002 and 110 × 0.998
  const bought = accountStep(fresh(), go(1), barOf(110), ATR, lastBar());
  assert.deepEqual(shownFills(bought.fills), ["order 9.07276356 at 110.22"]);
  const sold = accountStep(fresh(), go(-1), barOf(110), ATR, lastBar());
  assert.deepEqual(shownFills(sold.fills).map((fill) => fill.split(" at ")[1]), ["109.78"]);
  assert.deepEqual(shownFills(accountStep(fresh(), go(1), barOf(100), ATR, lastBar({ atr: null })).fills), [
    "order 10 at 100",
  ]);
});

Deno.test("accountStep() slips by the root of the order's share of the volume before", () => {
  // 10 of 1,000 units are 1 %: 10 bp.
  const one = accountStep(fresh(), go(1), barOf(100), VOLUME, lastBar());
  assert.deepEqual(shownFills(one.fills), ["order 9.99000999 at 100.1"]);
  // 5 are 0.5 %: 10 × √0.5 = 7.0710678… bp, up to 7.0711.
  const half = accountStep(fresh(), go(0.5), barOf(100), VOLUME, lastBar());
  assert.deepEqual(shownFills(half.fills).map((fill) => fill.split(" at ")[1]), ["100.070711"]);
  // A reversal trades 10 and 10 as one order: 2 %, 10 × √2 = 14.142135… bp, up to 14.1422.
  const reversed = accountStep(holding(1, 100), go(-1), barOf(100), VOLUME, lastBar());
  assert.deepEqual(shownFills(reversed.fills).map((fill) => fill.split(" at ")[1]), [
    "99.858578",
    "99.858578",
  ]);
});

Deno.test("accountStep() counts the volume's contracts by their multiplier, and slips as far as it may without any", () => {
  // 20 contracts of 50 units are the 1,000 units of above.
  const futures = accountStep(
    fresh(),
    go(1),
    barOf(100),
    { ...VOLUME, multiplier: 50 },
    lastBar({ volume: 20 }),
  );
  assert.deepEqual(shownFills(futures.fills).map((fill) => fill.split(" at ")[1]), ["100.1"]);
  for (const volume of [0, 1]) {
    const most = accountStep(fresh(), go(1), barOf(100), VOLUME, lastBar({ volume }));
    assert.deepEqual(shownFills(most.fills).map((fill) => fill.split(" at ")[1]), ["100.4"]);
  }
});

Deno.test("accountStep() slips at stops by what was known before the bar, and at takes not at all", () => {
  const held = holding(1, 100, { stopDistance: 4, takeDistance: 6 });
  // 96 × (1 − 0.001)
  assert.deepEqual(shownFills(accountStep(held, null, barOf(100, 97, 95), VOLUME, lastBar()).fills), [
    "stop -10 at 95.904",
  ]);
  assert.deepEqual(shownFills(accountStep(held, null, barOf(100, 97, 97, 107), VOLUME, lastBar()).fills), [
    "take -10 at 106",
  ]);
});

Deno.test("accountStep() fills at prices that the bar's own volume and range do not move", () => {
  const reach = fc.double({ min: 0, max: 50, noNaN: true });
  fc.assert(
    fc.property(reach, reach, fc.nat(1_000_000), fc.constantFrom(ATR, VOLUME), (down, up, volume, rules) => {
      const bar = { ...barOf(100, 100, 100 - down, 100 + up), volume };
      const { fills } = accountStep(fresh(), go(1), bar, rules, lastBar());
      assert.deepEqual(fills, accountStep(fresh(), go(1), barOf(100), rules, lastBar()).fills);
    }),
  );
});

Deno.test("accountStep() refuses to guess how an order slips where no bar was before", () => {
  for (const rules of [ATR, VOLUME]) {
    assert.throws(() => accountStep(fresh(), go(1), barOf(100), rules), {
      name: "RangeError",
      message:
        /Cannot fill an order as slippage by (atr|volume)_share needs the bar before it: there is none/,
    });
  }
});

Deno.test("slippageShare() grows with the order and falls with the volume, and never beyond half of the price", () => {
  const market = { close: 100, volume: 1_000, atr: 2 };
  const of = (quantity: number, changes = {}) =>
    slippageShare(VOLUME.slippage, quantity, { ...market, ...changes }, 1);
  assert.ok(of(1) < of(2) && of(2) < of(2, { volume: 500 }));
  assert.equal(of(0), 0);
  const measured = { ...VOLUME.slippage, power: 0.6 } as const;
  assert.ok(Math.abs(slippageShare(measured, 20, market, 1) - 10e-4 * 2 ** 0.6) < 1e-15);
  const wild = slippageShare({ model: "atr_share", share: 1 }, 1, { ...market, atr: 90 }, 1);
  assert.equal(wild, 0.5);
});
