import assert from "node:assert/strict";
import { drawdownPenalty } from "./drawdown_penalty.ts";

const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, not ${expected}`);

/** Charges and depths of a run. */
function run(weight: number, returns: number[]) {
  let depth = 0;
  return returns.map((logReturn) => {
    const step = drawdownPenalty(weight, depth, logReturn);
    depth = step.depth;
    return step;
  });
}

Deno.test("drawdownPenalty() charges each fall below the peak, and nothing for a recovery, by hand", () => {
  const steps = run(2, [0.1, -0.04, 0.03, -0.05, 0.2]);
  // log equity .1, .06, .09, .04, .24; peak .1 until the last
  [0, 0.04, 0.01, 0.06, 0].forEach((depth, index) => close(steps[index].depth, depth));
  [0, 0.08, 0, 0.1, 0].forEach((penalty, index) => close(steps[index].penalty, penalty));
});

Deno.test("drawdownPenalty() of one fall adds up to the weight times its depth", () => {
  const total = run(0.5, [-0.01, -0.02, -0.03]).reduce((sum, { penalty }) => sum + penalty, 0);
  close(total, 0.5 * 0.06);
});

Deno.test("drawdownPenalty() refuses a negative weight or depth, and a return that is no number", () => {
  assert.throws(() => drawdownPenalty(-1, 0, 0), /must be >= 0: they are -1 and 0, after 0/);
  assert.throws(() => drawdownPenalty(1, -0.1, 0), /must be >= 0/);
  assert.throws(() => drawdownPenalty(1, 0, NaN), /after NaN/);
});
