import assert from "node:assert/strict";
import type { Point } from "../core/decisions/candidate.ts";
import { type Environment, learnerStep, type MarketStep } from "./environment.ts";

const STEP: MarketStep = { features: Float32Array.of(1, 2), nextFeatures: Float32Array.of(3, 4) };
const pointOf = (index: number, ...scalars: number[]): Point => ({
  class: index,
  scalars: Float32Array.from(scalars),
});

/** Rung d earns 10 · d, going up costs 1 a rung, going down 2; rung 2 is ruin. */
const RUNGS = [0, 1, 2].map((rung) => pointOf(rung));
const LADDER: Environment<MarketStep> = {
  scalars: 0,
  outcomes: () =>
    RUNGS.map((point, from) => ({
      point,
      reward: 10 * from,
      isRuined: from === 2,
      next: RUNGS.map((next, to) => ({ point: next, cost: to > from ? to - from : 2 * (from - to) })),
    })),
  regressionTargets: () => Float32Array.of(7),
};

Deno.test("learnerStep() teaches every afterstate with the cost of every next decision; nothing follows ruin", () => {
  const step = learnerStep(LADDER, STEP);
  assert.equal(step.features, STEP.features);
  assert.equal(step.nextFeatures, STEP.nextFeatures);
  assert.deepEqual([...step.classes], [0, 1, 2]);
  assert.deepEqual([...step.rewards], [0, 10, 20]);
  assert.deepEqual([...step.terminals], [0, 0, 1]);
  assert.deepEqual([...step.pointClasses], [0, 1, 2]);
  assert.deepEqual([...step.candidateOffsets], [0, 3, 6, 6]);
  assert.deepEqual([...step.candidatePoints], [0, 1, 2, 0, 1, 2]);
  assert.deepEqual([...step.candidateCosts], [0, 1, 2, 2, 0, 1]);
  assert.deepEqual([...step.regressionTargets], [7]);
  assert.deepEqual([step.scalars.length, step.pointScalars.length], [0, 0]);
});

/** A market where each of these outcomes comes about. */
function marketOf(scalars: number, outcomes: ReturnType<Environment<MarketStep>["outcomes"]>) {
  return { scalars, outcomes: () => outcomes, regressionTargets: () => new Float32Array() };
}

Deno.test("learnerStep() gives a point that several next decisions lead to once, told by identity", () => {
  const [flat, long] = [pointOf(0, 0, 0), pointOf(1, 0.5, 1)];
  const [mine, yours] = [pointOf(1, 0.25, 1), pointOf(1, 0.25, 1)];
  const next = (...points: Point[]) => points.map((point) => ({ point, cost: 0 }));
  const environment = marketOf(2, [
    { point: flat, reward: 0, isRuined: false, next: next(flat, long) },
    { point: long, reward: 1, isRuined: false, next: next(mine, flat) },
    { point: mine, reward: 2, isRuined: false, next: next(yours, flat) },
  ]);
  const step = learnerStep(environment, STEP);
  assert.deepEqual([...step.scalars], [0, 0, 0.5, 1, 0.25, 1]);
  assert.deepEqual([...step.pointClasses], [0, 1, 1, 1]);
  assert.deepEqual([...step.pointScalars], [0, 0, 0.5, 1, 0.25, 1, 0.25, 1]);
  assert.deepEqual([...step.candidatePoints], [0, 1, 2, 0, 3, 0]);
  assert.deepEqual([...step.candidateOffsets], [0, 2, 4, 6]);
});

Deno.test("learnerStep() takes 256 points and refuses one more", () => {
  const many = (count: number) => Array.from({ length: count }, () => ({ point: pointOf(0), cost: 0 }));
  const environment = (count: number) =>
    marketOf(0, [{ point: pointOf(0), reward: 0, isRuined: false, next: many(count) }]);
  assert.equal(learnerStep(environment(256), STEP).candidatePoints.at(-1), 255);
  assert.throws(() => learnerStep(environment(257), STEP), /may lead to 256 accounts: they lead to 257/);
});
