import assert from "node:assert/strict";
import { turnoverPenalty } from "./turnover_penalty.ts";

Deno.test("turnoverPenalty() charges what is traded in proportion, by hand", () => {
  assert.equal(turnoverPenalty(0.001, 0), 0);
  assert.equal(turnoverPenalty(0.001, 1), 0.001); // flat to all in
  assert.equal(turnoverPenalty(0.001, 2), 0.002); // long to short
  assert.equal(turnoverPenalty(0, 2), 0);
});

Deno.test("turnoverPenalty() refuses what would pay for trading", () => {
  assert.throws(() => turnoverPenalty(-0.001, 1), /must be >= 0: they are -0.001 and 1/);
  assert.throws(() => turnoverPenalty(0.001, NaN), /must be >= 0/);
});
