import assert from "node:assert/strict";
import { drawdownPenalty } from "./drawdown_penalty.ts";

Deno.test("drawdownPenalty() charges an open trade for what it is below its entry, by hand", () => {
  assert.deepEqual([-2, -0.5, 0, 3].map((openPnl) => drawdownPenalty(0.25, openPnl)), [0.5, 0.125, 0, 0]);
  assert.equal(drawdownPenalty(0, -2), 0);
});

Deno.test("drawdownPenalty() refuses what would pay for losing, and a profit that is no number", () => {
  assert.throws(() => drawdownPenalty(-1, 0), /must be >= 0: it is -1, on a profit of 0/);
  assert.throws(() => drawdownPenalty(1, NaN), /on a profit of NaN/);
});
