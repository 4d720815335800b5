import assert from "node:assert/strict";
import { accountStep } from "./account_step.ts";
import { barOf, FREE, fresh, go, lastBar, slipping } from "./account_testing.ts";
import { costOf } from "./expected_cost.ts";
import { formatMoney } from "./money.ts";
import type { TradeRules } from "./trade_rules.ts";

const MARKET = lastBar();
const TURNS = [[0, 1], [0, -1], [1, 0], [-1, 0], [1, -1], [-1, 1], [0, 0.5]] as const;

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
}

Deno.test("costOf() is the sum of all costs for each unit of target moved", () => {
  const rules = { ...FREE, takerBps: 3, halfSpreadBps: 1, ...slipping(1) };
  assert.equal(costOf(0, 1, rules, MARKET), 0.0005);
  assert.equal(costOf(1, -1, rules, MARKET), 0.001);
  assert.equal(costOf(-1, -1, rules, MARKET), 0);
});

Deno.test("costOf() takes the least fee of each fill, as a share of what a lane starts with", () => {
  const rules = { ...FREE, takerBps: 10, minFee: 2, cash: 1_000 };
  near(costOf(0, 1, rules, MARKET), 0.002); // 2 of 1000, more than 0.001
  near(costOf(0, 1, { ...rules, cash: 10_000 }, MARKET), 0.001); // 0.0002 is less
  near(costOf(0.5, -1, rules, MARKET), 0.004); // two fills
  near(costOf(0.5, 1, rules, MARKET), 0.002); // one
  assert.equal(costOf(0.5, 0.5, rules, MARKET), 0);
});

Deno.test("costOf() slips by the models, for an order of a lane that starts", () => {
  const atr = { ...FREE, slippage: { model: "atr_share", share: 0.1 } } as const;
  near(costOf(0, 0.5, atr, MARKET), 0.5 * 0.1 * 2 / 100);
  const volume = {
    ...FREE,
    cash: 1_000,
    slippage: { model: "volume_share", bpsAtOnePercent: 10, power: 0.5, mostBps: 500 },
  } as const;
  near(costOf(0, 1, volume, MARKET), 0.001); // 10 of 1,000 units
  near(costOf(1, -1, volume, MARKET), 2 * 0.001 * Math.SQRT2); // 20 of them
  near(costOf(0, 1, { ...volume, cash: 4_000 }, MARKET), 0.002);
});

Deno.test("costOf() an entry by a limit is a maker's fee; what closes or resizes pays as ever", () => {
  const rules = { ...FREE, entry: "limit", takerBps: 10, makerBps: 2, halfSpreadBps: 5 } as const;
  near(costOf(0, 1, rules, MARKET), 0.0002);
  near(costOf(1, 0, rules, MARKET), 0.0015);
  near(costOf(0.5, 1, rules, MARKET), 0.00075);
  near(costOf(0.5, -1, rules, MARKET), 0.5 * 0.0015 + 0.0002);
  near(costOf(0, 1, { ...rules, minFee: 1, cash: 1_000 }, MARKET), 0.001);
});

Deno.test("costOf() agrees with what accountStep() takes of a lane that starts, to second order", () => {
  const cases: TradeRules[] = [
    { ...FREE, takerBps: 3, halfSpreadBps: 1, ...slipping(2) },
    { ...FREE, takerBps: 3, minFee: 0.7 },
    { ...FREE, slippage: { model: "atr_share", share: 0.02 } },
    { ...FREE, slippage: { model: "volume_share", bpsAtOnePercent: 5, power: 0.6, mostBps: 100 } },
  ];
  for (const [index, made] of cases.entries()) {
    const rules = { ...made, cash: 1_000 };
    for (const [before, after] of TURNS) {
      const start = accountStep(fresh(), go(before), barOf(100), FREE).account;
      const end = accountStep(start, go(after), barOf(100), rules, MARKET);
      const lost = 1_000 - Number(formatMoney(end.equityAtClose));
      const gap = Math.abs(lost / 1_000 - costOf(before, after, rules, MARKET));
      assert.ok(gap < 3e-6, `case ${index}, ${before} → ${after}: ${lost}, off by ${gap}`);
    }
  }
});
