import assert from "node:assert/strict";
import { NStepReturns } from "./n_step_returns.ts";

const row = (value: number) => Float32Array.of(value);

Deno.test("NStepReturns adds up discounted rewards of n steps", () => {
  const returns = new NStepReturns(3, 0.5);
  assert.deepEqual(returns.add(row(1), 0, 1, false), []);
  assert.deepEqual(returns.add(row(2), 1, 2, false), []);
  assert.deepEqual(returns.add(row(3), 0, 4, false), [{ features: row(1), decision: 0, reward: 3, span: 3 }]);
  assert.deepEqual(returns.add(row(4), 0, 8, false), [{ features: row(2), decision: 1, reward: 6, span: 3 }]);
});

Deno.test("NStepReturns lets nothing wait beyond an end", () => {
  const returns = new NStepReturns(3, 0.5);
  returns.add(row(1), 0, 1, false);
  assert.deepEqual(returns.add(row(2), 1, 2, true), [
    { features: row(1), decision: 0, reward: 2, span: 2 },
    { features: row(2), decision: 1, reward: 2, span: 1 },
  ]);
  assert.deepEqual(returns.add(row(3), 0, 4, false), []);
});

Deno.test("NStepReturns of one step are the rewards", () => {
  const returns = new NStepReturns(1, 0.5);
  assert.deepEqual(returns.add(row(1), 1, 7, false), [{ features: row(1), decision: 1, reward: 7, span: 1 }]);
});
