import assert from "node:assert/strict";
import type { ShadowDecision } from "../../core/contracts/model.ts";
import { fakeModel, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { DAY_MS } from "../trainer_testing.ts";
import { shadowStep } from "./shadow_step.ts";

const NET = openFakeNetwork(fakeModel([[1, 2], [0.5, -1]]));

function decided(day: number, changes: Partial<ShadowDecision> = {}): ShadowDecision {
  const inputs = Float32Array.of(day, 1);
  const outputs = new Float32Array(2);
  NET.forward(inputs, outputs);
  return {
    symbol: "X",
    barMs: day * DAY_MS,
    version: "m-0123456789abcdef",
    choice: "long",
    reason: "",
    differs: day % 2 === 0,
    inputs,
    outputs,
    ...changes,
  };
}
const days = Array.from({ length: 5 }, (_, day) => decided(day));

Deno.test("shadowStep() passes who decides each bar as the trainer would, whatever that earns", () => {
  const step = shadowStep(NET, days);
  assert.deepEqual(step, {
    step: "shadow",
    passed: true,
    reason: "5 live bars without orders: it decided each, as the trainer would",
    figures: { bars: 5, decisions: 5, differing: 3, parityError: 0 },
  });
});

Deno.test("shadowStep() refuses who could not decide a bar, gave no number, or other numbers than the trainer", () => {
  const cases: [Partial<ShadowDecision>, RegExp][] = [
    [
      { choice: null, reason: "every Q must be finite" },
      /X at 1970-01-10T00:00 it did not, as every Q must be finite$/,
    ],
    [{ outputs: Float32Array.of(NaN, 1) }, /^its outputs must be numbers: X at 1970-01-10T00:00 one is not$/],
    [
      { outputs: Float32Array.of(11, 3.51) },
      /^it must decide as the trainer would, to 0\.0001: X at .* is off by 0\.0/,
    ],
    [
      { inputs: Float32Array.of(1) },
      /^the trainer must be able to run what it read: X at .*rows must be 2 wide/,
    ],
  ];
  for (const [change, reason] of cases) {
    const step = shadowStep(NET, [...days, decided(9, change)]);
    assert.equal(step.passed, false);
    assert.match(step.reason, reason);
  }
  assert.equal(shadowStep(NET, []).passed, false);
});
