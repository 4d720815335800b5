import assert from "node:assert/strict";
import type { StopScorer } from "./stop_scorer.ts";
import { scorerOf } from "./stop_testing.ts";

const SCORER = scorerOf("A-stop");
const REBATED = scorerOf("A-stop-rebate");

/** Scores W made of x, the position and the stop's nearness. */
function score(scorer: StopScorer, value: (x: number, position: number, stop: number) => number) {
  return scorer.score((rows, rowOfPoint, classes, scalars) =>
    Float32Array.from(
      classes,
      (position, index) => value(rows[rowOfPoint[index]], position, scalars[3 * index + 2]),
    )
  );
}

const linear = (x: number, position: number) => -0.8 * x * (position - 1);

Deno.test("StopScorer gives 0 to who never trades, and nearly 1 to linear values without stops", () => {
  assert.deepEqual(score(SCORER, () => 0), { score: 0, reward: 0, turnover: 0, stopExits: 0 });
  const { score: scored, stopExits } = score(
    SCORER,
    (x, position, stop) => linear(x, position) - (stop > 0 ? 9 : 0),
  );
  assert.ok(scored > 0.97 && scored <= 1.01, `${scored}`);
  assert.equal(stopExits, 0);
});

Deno.test("StopScorer counts stops: they cost where they cost, and earn where they earn", () => {
  // Likes the near stop, the more so the nearer it is.
  const stops = (x: number, position: number, stop: number) =>
    linear(x, position) + (position === 1 ? 0 : 0.2 * stop);
  const [dear, rebated] = [score(SCORER, stops), score(REBATED, stops)];
  assert.ok(dear.stopExits! > 0.01 && dear.stopExits === rebated.stopExits, `${dear.stopExits}`);
  assert.ok(dear.score < 0.95 && rebated.score > 1.02, `${dear.score}, ${rebated.score}`);
  const difference = rebated.reward! - dear.reward!;
  const expected = 0.012 * dear.stopExits!;
  assert.ok(Math.abs(difference / expected - 1) < 0.1, `${difference}, not about ${expected}`);
});
