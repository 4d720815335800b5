import assert from "node:assert/strict";
import type { QNet } from "../../core/model/native_types.ts";
import { fakeModel, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { FakeLearner } from "../trainer_testing.ts";
import { integrityStep } from "./integrity_step.ts";

const GOLDEN = { states: Float32Array.of(1, 2, 3, 4, 5, 6), points: [] };
const WEIGHTS = [[0.5, -1], [2, 0.25]];

/** A learner that gives these outputs, whatever it is asked. */
function learnerGiving(outputs: number[]): FakeLearner {
  return Object.assign(new FakeLearner(), { forward: () => Float32Array.from(outputs) });
}
const agreeing = [-1.5, 2.5, -2.5, 7, -3.5, 11.5];
const candidate = () => openFakeNetwork(fakeModel(WEIGHTS));

Deno.test("integrityStep() passes a candidate that both forwards agree on, with figures", () => {
  const step = integrityStep(candidate, learnerGiving(agreeing), GOLDEN);
  assert.deepEqual(step, {
    step: "integrity",
    passed: true,
    reason: "bytes load, outputs are finite, both forwards agree",
    figures: { goldenStates: 3, parityError: 0 },
  });
});

Deno.test("integrityStep() refuses bytes that do not load, with the engine's reason", () => {
  for (const blob of [new Uint8Array(3), fakeModel(WEIGHTS, {}, "another")]) {
    const step = integrityStep(() => openFakeNetwork(blob), learnerGiving(agreeing), GOLDEN);
    assert.equal(step.passed, false);
    assert.match(
      step.reason,
      /^its bytes do not load: (not a model file|schema hash must be schema: it is another)$/,
    );
  }
});

Deno.test("integrityStep() refuses an output that is not finite, on either side", () => {
  const broken: QNet = { ...candidate(), forward: (_, out) => void out.fill(NaN) };
  const outputs = [
    [broken, agreeing],
    [candidate(), [...agreeing.slice(0, 5), Infinity]],
    [candidate(), [...agreeing.slice(0, 5), NaN]],
    [candidate(), [NaN, ...agreeing.slice(1)]],
  ] as const;
  for (const [net, learned] of outputs) {
    const step = integrityStep(() => net, learnerGiving([...learned]), GOLDEN);
    assert.equal(step.passed, false);
    assert.equal(step.reason, "an output on a golden state is not finite");
  }
});

Deno.test("integrityStep() refuses forwards that disagree by more than 1e-4, relative for large outputs", () => {
  const withLast = (value: number) => learnerGiving([...agreeing.slice(0, 5), value]);
  assert.equal(integrityStep(candidate, withLast(11.5 * (1 + 0.9e-4)), GOLDEN).passed, true);
  const step = integrityStep(candidate, withLast(11.5 * (1 + 1.5e-4)), GOLDEN);
  assert.equal(step.passed, false);
  assert.match(step.reason, /^both forwards must agree to 0\.0001: they differ by 0\.00014/);
  assert.ok(step.figures.parityError > 1e-4);
});

Deno.test("integrityStep() refuses forwards with other numbers of outputs", () => {
  const step = integrityStep(candidate, learnerGiving([...agreeing, 0, 0, 0]), GOLDEN);
  assert.equal(step.passed, false);
  assert.match(step.reason, /as many outputs: the served one gives 6, the learner 9/);
});

Deno.test("integrityStep() refuses with the reason of a forward that fails", () => {
  const failing = Object.assign(new FakeLearner(), {
    forward: () => {
      throw new Error("RLT_NON_FINITE: output 3 is NaN");
    },
  });
  const step = integrityStep(candidate, failing, GOLDEN);
  assert.equal(step.passed, false);
  assert.equal(step.reason, "RLT_NON_FINITE: output 3 is NaN");
  const odd = { ...GOLDEN, states: GOLDEN.states.subarray(1) };
  assert.equal(integrityStep(candidate, learnerGiving(agreeing), odd).passed, false);
});

Deno.test("integrityStep() closes the candidate, whatever comes out", () => {
  for (
    const learner of [
      learnerGiving(agreeing),
      learnerGiving([NaN]),
      learnerGiving(agreeing.map(() => NaN)),
    ]
  ) {
    const net = candidate();
    integrityStep(() => net, learner, GOLDEN);
    assert.ok(net.isClosed);
  }
});

const ACCOUNT_WEIGHTS = [[1, 0], [2, -1]];
const POINTS = [[0, 0, 0], [1, 0.5, 1], [1, 0, 0.25]].map(([index, ...scalars]) => ({
  class: index,
  scalars: Float32Array.from(scalars),
}));
const readingAccounts = () => openFakeNetwork(fakeModel(WEIGHTS, {}, "schema", ACCOUNT_WEIGHTS));

/** What the network above gives, but for the account's weights. */
function learnerReading(accountWeights: number[][]): FakeLearner {
  const net = openFakeNetwork(fakeModel(WEIGHTS, {}, "schema", accountWeights));
  return Object.assign(new FakeLearner(), {
    forward: () => Float32Array.from(agreeing),
    evaluate: (features: Float32Array, rows: Uint32Array, classes: Uint8Array, scalars: Float32Array) =>
      Float32Array.from(classes, (_, index) => {
        const value = new Float32Array(1);
        const state = features.subarray(rows[index] * 2, rows[index] * 2 + 2);
        net.evaluate(
          state,
          classes.subarray(index, index + 1),
          scalars.subarray(index * 2, index * 2 + 2),
          value,
        );
        return value[0];
      }),
  });
}

Deno.test("integrityStep() compares the values of accounts in every golden state too", () => {
  const golden = { ...GOLDEN, points: POINTS };
  assert.equal(integrityStep(readingAccounts, learnerReading(ACCOUNT_WEIGHTS), golden).passed, true);
  const step = integrityStep(readingAccounts, learnerReading([[1, 0], [2, -1.01]]), golden);
  assert.equal(step.passed, false);
  assert.match(step.reason, /^both forwards must agree to 0\.0001: they differ by 0\.00/);
});
