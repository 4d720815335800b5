import assert from "node:assert/strict";
import type { Held } from "../core/decisions/held.ts";
import { branchingStep, type BranchingTransition } from "./branching_step.ts";
import { spaceOf } from "./trainer_testing.ts";

const SPACE = spaceOf({
  actions: ["flat", "long"],
  sizes: [0.5, 1],
  stops: [null, 2, 4],
  scalars: ["exposure", "stop_distance", "cooldown_left"],
  cooldownBars: 3,
  stopCooldownBars: 3,
});
const FLAT: Held = {
  class: 0,
  exposure: 0,
  unrealisedPnl: 0,
  barsInTrade: 0,
  stopDistance: null,
  takeDistance: null,
  cooldownLeft: 0,
};
const LONG: Held = { ...FLAT, class: 1, exposure: 0.9, barsInTrade: 3, stopDistance: 1.5 };

function stepFor(changes: Partial<BranchingTransition>) {
  return branchingStep(SPACE, {
    state: Float32Array.of(1, 0),
    nextState: Float32Array.of(2, 1),
    span: 1,
    decided: SPACE.fresh[0],
    reward: 0.5,
    isRuined: false,
    next: SPACE.fresh,
    regressionTargets: Float32Array.of(7),
    ...changes,
  });
}
const labelled = (held: Held, label: string) => SPACE.candidates(held).find((each) => each.label === label)!;

Deno.test("branchingStep() teaches each head that took part: all of them when entering", () => {
  const step = stepFor({ decided: labelled(FLAT, "long 0.5, stop 4") });
  assert.deepEqual([...step.classes], [1, 2, 6]); // outputs: action 0–1, size 2–3, stop 4–6
  assert.deepEqual([[...step.rewards], [...step.terminals], step.span], [[0.5], [0], 1]);
  assert.deepEqual([...step.regressionTargets], [7]);
});

Deno.test("branchingStep() teaches no head that did not take part: of a keep action and size, of flat the action alone", () => {
  assert.deepEqual([...stepFor({ decided: SPACE.keep(LONG) }).classes], [1, 3]);
  assert.deepEqual([...stepFor({ decided: SPACE.fresh[0] }).classes], [0]);
});

Deno.test("branchingStep() names what each head may choose next", () => {
  const free = stepFor({ next: SPACE.candidates(FLAT) });
  assert.deepEqual([...free.pointClasses], [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...free.candidateOffsets], [0, 2, 4, 7]);
  assert.deepEqual([...free.candidatePoints], [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...free.candidateCosts], [0, 0, 0, 0, 0, 0, 0]);
  const held = stepFor({ next: SPACE.candidates(LONG) });
  assert.deepEqual([...held.pointClasses], [0, 1, 2, 3]); // its stop stays where it is
  assert.deepEqual([...held.candidateOffsets], [0, 2, 4, 4]);
  const cooling = stepFor({ next: SPACE.candidates({ ...FLAT, cooldownLeft: 2 }) });
  assert.deepEqual([[...cooling.pointClasses], [...cooling.candidateOffsets]], [[0], [0, 1, 1, 1]]);
});

Deno.test("branchingStep() lets nothing follow ruin", () => {
  const step = stepFor({ isRuined: true });
  assert.deepEqual([[...step.terminals], [...step.pointClasses]], [[1], []]);
  assert.deepEqual([...step.candidateOffsets], [0, 0, 0, 0]);
});
