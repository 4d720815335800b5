import assert from "node:assert/strict";
import { markEquity, openAccount } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import { barOf, FREE, go, lastBar } from "../core/account/account_testing.ts";
import { costOf } from "../core/account/expected_cost.ts";
import { fromNumber, parseMoney, toNumber } from "../core/account/money.ts";
import type { TradeRules } from "../core/account/trade_rules.ts";
import { rescaleOf, UNIT_ACCOUNT, unitRules, unitRulesOf } from "./unit_account.ts";

const LANE: TradeRules = {
  ...FREE,
  takerBps: 2,
  minFee: 1.5,
  slippage: { model: "volume_share", bpsAtOnePercent: 8, power: 0.6, mostBps: 300 },
  cash: 5_000,
  multiplier: 2,
};

Deno.test("unitRules() cost a unit account the share of equity that they cost a lane with the cash that it starts with", () => {
  for (const target of [1, -1, 0.5]) {
    const [lane, unit] = [[LANE, openAccount(fromNumber(LANE.cash))], [
      unitRules(LANE),
      UNIT_ACCOUNT,
    ]] as const;
    const [less, more] = [lane, unit].map(([rules, account]) => {
      const step = accountStep(account, go(target), barOf(100, 101), rules, lastBar());
      return toNumber(step.equityAtClose) / toNumber(account.cash);
    }) as [number, number];
    assert.ok(Math.abs(less - more) < 1e-8, `${target}: ${less}, and ${more} of a unit account`);
    assert.ok(Math.abs(less - 1 - target * 0.01) > 1e-4, "it cost something");
    const [expected, ofUnit] = [LANE, unitRules(LANE)].map((rules) => costOf(0, target, rules, lastBar()));
    assert.ok(Math.abs(expected! - ofUnit!) < 1e-12);
  }
});

Deno.test("unitRules() round nothing to lots, and let no order be too small", () => {
  const rules = unitRules({ ...LANE, lot: 10, minNotional: 4_000 });
  const { fills } = accountStep(UNIT_ACCOUNT, go(0.001), barOf(101), rules, lastBar());
  assert.ok(fills.length === 1 && fills[0]!.quantity % fromNumber(20) !== 0n);
});

Deno.test("unitRulesOf() gives a symbol's rules as the same object every time", () => {
  const rulesOf = unitRulesOf((symbol) => ({ ...LANE, tick: symbol === "A" ? 0.5 : 0.25 }));
  assert.equal(rulesOf("A"), rulesOf("A"));
  assert.deepEqual([rulesOf("A").tick, rulesOf("B").tick], [0.5, 0.25]);
});

Deno.test("rescaleOf() leaves an account within a thousandfold as it is, and brings it back from beyond", () => {
  const unit = UNIT_ACCOUNT.cash;
  for (const equity of [unit, unit * 1_000n, unit / 1_000n]) assert.equal(rescaleOf(equity), null);
  const large = { ...UNIT_ACCOUNT, cash: unit * 2_000n, feesPaid: parseMoney("5000") };
  assert.deepEqual(rescaleOf(large.cash)!(large), {
    ...UNIT_ACCOUNT,
    cash: unit * 2n,
    feesPaid: parseMoney("5"),
  });
  const small = { ...UNIT_ACCOUNT, cash: unit / 2_000n };
  assert.equal(rescaleOf(small.cash)!(small).cash, unit / 2n);
});

Deno.test("rescaleOf() keeps what a position is worth of the equity, and where it ends", () => {
  const short = {
    ...UNIT_ACCOUNT,
    cash: UNIT_ACCOUNT.cash * 3_000n,
    quantity: parseMoney("-10000000"),
    entryPrice: parseMoney("101.5"),
    stopPrice: parseMoney("110"),
    barsInTrade: 4,
  };
  const equity = markEquity(short, 100);
  const after = rescaleOf(equity)!(short);
  assert.equal(markEquity(after, 100), equity / 1_000n);
  assert.equal(after.quantity * 1_000n, short.quantity);
  assert.deepEqual(
    [after.entryPrice, after.stopPrice, after.barsInTrade],
    [short.entryPrice, short.stopPrice, 4],
  );
});
