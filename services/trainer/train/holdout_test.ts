import assert from "node:assert/strict";
import { stepOf } from "../trainer_testing.ts";
import { type HoldoutRules, scoreHoldout } from "./holdout.ts";

const FREE = { feeBps: 0, halfSpreadBps: 0, slippageBps: 0 };
const RULES: HoldoutRules = {
  actionSpan: { start: 0, end: 2 },
  targets: [0, 1],
  costs: FREE,
  sigma: { X: 0.01 },
};
/** Opens 100, 110, 121, then the exit at 133.1: each step earns 10 %. */
const OPENS = [100, 110, 121, 133.1];
const STEPS = [0, 1, 2].map((day) =>
  stepOf("X", day, {
    next: {
      openTimeMs: day + 1,
      open: OPENS[day],
      high: OPENS[day],
      low: OPENS[day],
      close: OPENS[day],
      volume: 1,
    },
    exitOpen: OPENS[day + 1],
  })
);
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

Deno.test("scoreHoldout() earns from fill to fill what is held, by hand", () => {
  const flatThenLong = Float32Array.of(1, 0, 0, 1, 0, 1);
  const score = scoreHoldout(STEPS, flatThenLong, RULES);
  near(score.growthBp, Math.log(1.21) / 3 * 1e4);
  near(score.buyAndHoldBp, Math.log(1.331) / 3 * 1e4);
  assert.deepEqual([score.orders, score.bars], [1, 3]);
  near(score.exposure, 2 / 3);
});

Deno.test("scoreHoldout() pays for each order, and does not trade for less than it costs", () => {
  const costly = { ...RULES, costs: { ...FREE, feeBps: 100 } };
  const always = scoreHoldout(STEPS, Float32Array.of(0, 9, 0, 9, 0, 9), costly);
  near(always.growthBp, (Math.log(1.331) - Math.log(1.01)) / 3 * 1e4);
  const hesitant = scoreHoldout(STEPS, Float32Array.of(0, 0.5, 0, 0.5, 0, 0.5), costly); // 0.5 σ is less than the cost of 1 σ
  assert.deepEqual([hesitant.orders, hesitant.growthBp], [0, 0]);
});

Deno.test("scoreHoldout() refuses nothing to score, and another number of values", () => {
  assert.throws(() => scoreHoldout([], new Float32Array(), RULES), /must hold at least 1 step/);
  assert.throws(() => scoreHoldout(STEPS, new Float32Array(5), RULES), /there must be 6 values: there are 5/);
});
