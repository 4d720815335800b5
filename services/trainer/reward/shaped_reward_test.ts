import assert from "node:assert/strict";
import { shapedReward } from "./shaped_reward.ts";

const EARNED = { returned: 1.5, turnover: 0.5, openPnl: -2 };

Deno.test("shapedReward() is the return alone without terms", () => {
  assert.equal(shapedReward([], EARNED), 1.5);
});

Deno.test("shapedReward() takes penalties off and adds the differential Sharpe ratio, each by its weight", () => {
  assert.equal(shapedReward([{ kind: "turnover", weight: 0.2 }], EARNED), 1.4);
  assert.equal(shapedReward([{ kind: "drawdown", weight: 0.25, of: "trade" }], EARNED), 1);
  // (1 + 0.25) · 1 − 0.25 · (2.25 − 1.25) = 1
  assert.equal(shapedReward([{ kind: "differential_sharpe", weight: 2, sharpe: 0.5 }], EARNED), 3.5);
  const all = shapedReward([
    { kind: "turnover", weight: 0.2 },
    { kind: "drawdown", weight: 0.25, of: "trade" },
    { kind: "differential_sharpe", weight: 2, sharpe: 0.5 },
  ], EARNED);
  assert.ok(Math.abs(all - (1.5 - 0.1 - 0.5 + 2)) < 1e-12);
});
