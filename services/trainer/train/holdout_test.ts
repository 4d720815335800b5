import assert from "node:assert/strict";
import type { TradeRules } from "../../core/account/trade_rules.ts";
import type { DecisionSpace } from "../../core/decisions/decision_space.ts";
import { LearnerPolicy } from "../learner_policy.ts";
import { RewardAgent } from "../reward_agent.ts";
import { FREE, spaceOf, stepOf } from "../trainer_testing.ts";
import { type HoldoutParts, scoreHoldout } from "./holdout.ts";

const SIGMA = { X: 0.01 };
/** Opens 100, 110, 121, then the exit at 133.1: each step earns 10 %. */
const OPENS = [100, 110, 121, 133.1];

/** Steps whose features are the value of being long. */
function stepsOf(values: number[], low = 0) {
  return values.map((value, day) => {
    const [open, close] = [OPENS[day], OPENS[day]];
    return stepOf("X", day, {
      close: open,
      next: { openTimeMs: day + 1, open, high: open, low: open - low, close, volume: 1 },
      exitOpen: OPENS[day + 1],
      features: Float32Array.of(value),
      atr: 1,
    });
  });
}

function partsOf(rules: TradeRules = FREE, space: DecisionSpace = spaceOf()): HoldoutParts {
  const learner = {
    forward: () => assert.fail("not used"),
    evaluate: (features: Float32Array, _: Uint32Array, classes: Uint8Array) =>
      Float32Array.from(classes, (each) => each === 1 ? features[0] : 0),
  };
  const common = { space, rulesOf: () => rules, sigma: SIGMA };
  return {
    agent: new RewardAgent({ ...common, regressions: [], terms: [], virtualTrades: 1, seed: 1 }),
    policy: new LearnerPolicy({ ...common, learner, value: "afterstate", heads: [] }),
    rules,
  };
}
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

Deno.test("scoreHoldout() earns from fill to fill what is held, by hand", () => {
  const score = scoreHoldout(stepsOf([-1, 1, 1]), partsOf()); // flat, then long
  near(score.growthBp, Math.log(1.21) / 3 * 1e4);
  near(score.buyAndHoldBp, Math.log(1.331) / 3 * 1e4);
  assert.deepEqual([score.orders, score.bars], [1, 3]);
  near(score.exposure, 2 / 3);
});

Deno.test("scoreHoldout() pays for each order, and does not trade for less than it costs", () => {
  const costly = { ...FREE, takerBps: 100, makerBps: 100 };
  const always = scoreHoldout(stepsOf([9, 9, 9]), partsOf(costly));
  near(always.growthBp, (Math.log(1.331) - Math.log(1.01)) / 3 * 1e4);
  const hesitant = scoreHoldout(stepsOf([0.5, 0.5, 0.5]), partsOf(costly)); // 0.5 σ is less than the cost of 1 σ
  assert.deepEqual([hesitant.orders, hesitant.growthBp], [0, 0]);
});

Deno.test("scoreHoldout() gives up at stops, and enters anew", () => {
  const space = spaceOf({ stops: [2], scalars: ["stop_distance"] });
  const score = scoreHoldout(stepsOf([1, 1, 1], 3), partsOf(FREE, space));
  near(score.growthBp, (Math.log(98 / 100) + Math.log(108 / 110) + Math.log(119 / 121)) / 3 * 1e4);
  assert.deepEqual([score.orders, score.exposure], [3, 0]);
});

Deno.test("scoreHoldout() refuses nothing to score", () => {
  assert.throws(() => scoreHoldout([], partsOf()), /must hold at least 1 step/);
});
