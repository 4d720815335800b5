import assert from "node:assert/strict";
import { type Environment, learnerStep, type MarketStep } from "./environment.ts";

const STEP: MarketStep = { features: Float32Array.of(1, 2), nextFeatures: Float32Array.of(3, 4) };

/** Decision d earns 10 · d, going up costs 1 a rung, going down 2; decision 2 is ruin. */
const LADDER: Environment<MarketStep> = {
  decisions: 3,
  afterstate: (_, decision) => ({ reward: 10 * decision, isRuined: decision === 2 }),
  cost: (_, from, to) => to > from ? to - from : 2 * (from - to),
  regressionTargets: () => Float32Array.of(7),
};

Deno.test("learnerStep() teaches every afterstate with the cost of every next decision; nothing follows ruin", () => {
  const step = learnerStep(LADDER, STEP);
  assert.equal(step.features, STEP.features);
  assert.equal(step.nextFeatures, STEP.nextFeatures);
  assert.deepEqual([...step.classes], [0, 1, 2]);
  assert.deepEqual([...step.rewards], [0, 10, 20]);
  assert.deepEqual([...step.terminals], [0, 0, 1]);
  assert.deepEqual([...step.candidateOffsets], [0, 3, 6, 6]);
  assert.deepEqual([...step.candidateClasses], [0, 1, 2, 0, 1, 2]);
  assert.deepEqual([...step.candidateCosts], [0, 1, 2, 2, 0, 1]);
  assert.deepEqual([...step.regressionTargets], [7]);
});
