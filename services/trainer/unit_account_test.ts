import assert from "node:assert/strict";
import { openAccount } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import { barOf, FREE, go, lastBar } from "../core/account/account_testing.ts";
import { costOf } from "../core/account/expected_cost.ts";
import { fromNumber, toNumber } from "../core/account/money.ts";
import type { TradeRules } from "../core/account/trade_rules.ts";
import { UNIT_ACCOUNT, unitRules, unitRulesOf } from "./unit_account.ts";

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
