/** The network as JavaScript sees it: values, reasons, confidence and error codes. */
import assert from "node:assert/strict";
import type { Learner, NetSpec, QNet } from "../services/core/model/native_types.ts";
import { ignore, inference, refuses, trainer, wrong } from "./addons_testing.ts";

const PLAIN: NetSpec = {
  inputs: 4,
  trunk: [16],
  heads: [{ name: "action", kind: "value", size: 2 }, { name: "risk", kind: "regression", size: 1 }],
};
const WITH_ACCOUNT: NetSpec = {
  inputs: 4,
  trunk: [16],
  heads: [{ name: "action", kind: "value", size: 3, dueling: true, quantiles: 4 }],
  account: { scalars: 2, hidden: 6 },
};

function newLearner(net: NetSpec): Learner {
  return new trainer.Learner(JSON.stringify({
    net,
    schema_hash: "schema-1",
    seed: 1,
    learning_rate: 0.01,
    batch_steps: 16,
    replay_capacity: 64,
    max_afterstates: 3,
    max_points: 1,
    max_candidates: 1,
  }));
}

const open = (learner: Learner): QNet => inference.QNet.fromBytes(learner.exportModel("{}"));

/** Knows that an account earns its class times its first scalar, and then ends. */
async function taughtLearner(): Promise<Learner> {
  const learner = newLearner(WITH_ACCOUNT);
  for (let index = 0; index < 64; index++) {
    const features = row(index);
    const scalars = Float32Array.from({ length: 6 }, (_, at) => Math.cos(7 * index + at));
    learner.push({
      features,
      nextFeatures: features,
      classes: Uint8Array.of(0, 1, 2),
      scalars,
      rewards: floats(0, scalars[2], 2 * scalars[4]),
      terminals: Uint8Array.of(1, 1, 1),
      pointClasses: new Uint8Array(),
      pointScalars: new Float32Array(),
      candidateOffsets: new Uint32Array(4),
      candidatePoints: new Uint8Array(),
      candidateCosts: new Float32Array(),
      regressionTargets: new Float32Array(),
    });
  }
  await learner.train(500);
  return learner;
}

const row = (index: number) => Float32Array.from({ length: 4 }, (_, at) => Math.sin(3 * index + at));
const floats = (...values: number[]) => Float32Array.from(values);
const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

function near(actual: number, expected: number, most = 1e-5): void {
  assert.ok(Math.abs(actual - expected) <= most, `${actual} instead of ${expected}`);
}

/** W of one afterstate. */
function valueOf(net: QNet, features: Float32Array, position: number, scalars: Float32Array): number {
  const out = new Float32Array(1);
  net.evaluate(features, Uint8Array.of(position), scalars, out);
  return out[0];
}

Deno.test({
  name: "QNet.evaluate() gives the served value of each class while the account part adds nothing",
  ignore,
  fn() {
    const net = open(newLearner(WITH_ACCOUNT));
    assert.deepEqual([net.inputs, net.outputs, JSON.parse(net.spec)], [4, 3 + 12, WITH_ACCOUNT]);
    const [served, out] = [new Float32Array(15), new Float32Array(4)];
    net.forward(row(1), served);
    net.evaluate(row(1), Uint8Array.of(2, 0, 1, 2), new Float32Array(8).fill(0.5), out);
    assert.deepEqual(out, floats(served[2], served[0], served[1], served[2]));
    for (let index = 0; index < 3; index++) {
      near(sum(served.subarray(3 + 4 * index, 7 + 4 * index)) / 4, served[index]);
    }
    net.evaluate(row(1), new Uint8Array(), new Float32Array(), new Float32Array());
  },
});

Deno.test({
  name: "QNet.evaluate() gives what the learner gives, and the same bits alone and among others",
  ignore,
  async fn() {
    const learner = await taughtLearner();
    const net = open(learner);
    const classes = Uint8Array.from({ length: 256 }, (_, index) => index % 3);
    const scalars = Float32Array.from({ length: 512 }, (_, index) => Math.sin(index));
    const out = new Float32Array(256);
    net.evaluate(row(5), classes, scalars, out);
    const expected = learner.evaluate(row(5), new Uint32Array(256), classes, scalars);
    out.forEach((value, index) => {
      near(value, expected[index]);
      const own = scalars.subarray(2 * index, 2 * index + 2);
      assert.equal(valueOf(net, row(5), classes[index], own), value);
    });
    const [rich, poor] = [[1, 0], [-1, 0]].map((own) => valueOf(net, row(5), 2, floats(...own)));
    assert.ok(rich > poor + 1, "it has learned what the scalar is worth");
  },
});

Deno.test({
  name: "QNet.attribute() shares out the difference of two afterstates over features and scalars",
  ignore,
  async fn() {
    const net = open(await taughtLearner());
    const [features, zero] = [row(9), new Float32Array(4)];
    const [held, flat, none] = [floats(0.9, -0.4), floats(-0.2, 0.3), new Float32Array(2)];
    const [weights, swapped] = [new Float32Array(6), new Float32Array(6)];
    const found = net.attribute(features, 2, held, 1, flat, weights);
    assert.deepEqual(Object.keys(found).sort(), ["baseline", "residual", "rough", "steps"]);
    near(found.baseline, valueOf(net, zero, 2, none) - valueOf(net, zero, 1, none));
    const difference = valueOf(net, features, 2, held) - valueOf(net, features, 1, flat) - found.baseline;
    near(sum(weights), difference, 0.01 * Math.max(Math.abs(difference), 1e-4) + 1e-5);
    assert.ok(!found.rough && found.steps >= 15 && found.steps <= 1024);
    assert.ok(weights[4] > 0.5 * Math.abs(difference), "the first scalar decides");
    const back = net.attribute(features, 1, flat, 2, held, swapped, undefined);
    assert.deepEqual(swapped.map((weight) => -weight), weights);
    assert.deepEqual(back, { ...found, baseline: -found.baseline });
    assert.equal(net.attribute(features, 2, held, 1, flat, weights, 1).steps, 1);
    assert.ok(net.attribute(features, 2, held, 1, flat, weights, 40).steps <= 40);
  },
});

Deno.test({
  name: "QNet.attribute() shares out a difference of two outputs without an account part",
  ignore,
  fn() {
    const net = open(newLearner(PLAIN));
    const [features, out, zero, none] = [
      row(2),
      new Float32Array(3),
      new Float32Array(3),
      new Float32Array(),
    ];
    net.forward(features, out);
    net.forward(new Float32Array(4), zero);
    const weights = new Float32Array(4);
    const found = net.attribute(features, 1, none, 0, none, weights);
    near(found.baseline, zero[1] - zero[0], 1e-6);
    const difference = out[1] - out[0] - found.baseline;
    near(sum(weights), difference, 0.01 * Math.max(Math.abs(difference), 1e-4) + 1e-6);
  },
});

Deno.test({
  name: "QNet refuses with our codes",
  ignore,
  fn() {
    const blob = newLearner(PLAIN).exportModel("{}");
    const net = inference.QNet.fromBytes(blob);
    const [features, out] = [new Float32Array(4), new Float32Array(3)];
    refuses(
      "RLT_SHAPE",
      "features as its length must be a multiple of 4: it is 5",
      () => net.forward(new Float32Array(5), out),
    );
    refuses(
      "RLT_SHAPE",
      "out as its length must be 3: it is 4",
      () => net.forward(features, features.slice()),
    );
    refuses("RLT_NON_FINITE", "index 1 is NaN", () => net.forward(floats(1, NaN, 1, 1), out));
    for (
      const value of [
        undefined,
        null,
        [1, 2, 3, 4],
        "x",
        new Float64Array(4),
        new DataView(new ArrayBuffer(16)),
      ]
    ) {
      refuses("RLT_ARGUMENT", "features as it must be a Float32Array", () => net.forward(wrong(value), out));
    }
    const memory = new Float32Array(8);
    refuses("RLT_ARGUMENT", "share memory", () => net.forward(memory.subarray(0, 4), memory.subarray(3, 6)));
    refuses(
      "RLT_SCHEMA_MISMATCH",
      "must be other: it is schema-1",
      () => inference.QNet.fromBytes(blob, "other"),
    );
    refuses("RLT_ARGUMENT", "expectedSchemaHash", () => inference.QNet.fromBytes(blob, wrong(3)));
    refuses("RLT_MODEL_TRUNCATED", "", () => inference.QNet.fromBytes(blob.subarray(0, -1)));
    const tampered = new Uint8Array(blob);
    tampered[tampered.length - 2] ^= 1;
    refuses("RLT_MODEL_HASH", "sha256", () => inference.QNet.fromBytes(tampered));
    refuses("RLT_ARGUMENT", "fromBytes", () => new (wrong(inference.QNet))());
    net.close();
    net.close();
    const none = new Float32Array();
    refuses("RLT_CLOSED", "forward", () => net.forward(features, out));
    refuses("RLT_CLOSED", "evaluate", () => net.evaluate(features, Uint8Array.of(0), none, out));
    refuses("RLT_CLOSED", "attribute", () => net.attribute(features, 0, none, 1, none, out));
    refuses("RLT_CLOSED", "spec", () => net.spec);
  },
});

Deno.test({
  name: "QNet.evaluate() and QNet.attribute() refuse with our codes",
  ignore,
  fn() {
    const net = open(newLearner(WITH_ACCOUNT));
    const [features, classes, out] = [new Float32Array(4), Uint8Array.of(0, 2), new Float32Array(2)];
    const [scalars, s, weights] = [new Float32Array(4), new Float32Array(2), new Float32Array(6)];
    const evaluate = (changed: { f?: unknown; c?: unknown; s?: unknown; out?: unknown }) => () => {
      const { f, c, s, out: to } = { f: features, c: classes, s: scalars, out, ...changed };
      net.evaluate(wrong(f), wrong(c), wrong(s), wrong(to));
    };
    refuses("RLT_SHAPE", "features as its length must be 4: it is 8", evaluate({ f: new Float32Array(8) }));
    refuses("RLT_SHAPE", "scalars as its length must be 4: it is 2", evaluate({ s }));
    refuses("RLT_SHAPE", "out as its length must be 2: it is 4", evaluate({ out: new Float32Array(4) }));
    refuses("RLT_SHAPE", "classes as its length must be at most 256", evaluate({ c: new Uint8Array(257) }));
    refuses("RLT_HEAD", "classes[1] as it must be below 3: it is 3", evaluate({ c: Uint8Array.of(0, 3) }));
    refuses("RLT_NON_FINITE", "scalars", evaluate({ s: floats(0, 0, Infinity, 0) }));
    refuses("RLT_ARGUMENT", "classes as it must be a Uint8Array", evaluate({ c: [0, 2] }));
    refuses("RLT_ARGUMENT", "scalars as it must be a Float32Array", evaluate({ s: undefined }));
    const memory = new ArrayBuffer(64);
    const shared = [
      new Float32Array(memory, 0, 2),
      new Uint8Array(memory, 7, 2),
      new Uint8Array(memory, 8, 2),
    ];
    refuses("RLT_ARGUMENT", "out as it must not share memory", evaluate({ out: shared[0], c: shared[1] }));
    evaluate({ out: shared[0], c: shared[2] })();

    const attribute = (changed: Record<number, unknown>) => () => {
      const all = Object.values({ ...[features, 0, s, 1, s, weights, 100], ...changed });
      net.attribute(...all as Parameters<QNet["attribute"]>);
    };
    attribute({})();
    refuses("RLT_SHAPE", "features", attribute({ 0: new Float32Array(8) }));
    refuses("RLT_SHAPE", "chosenScalars as its length must be 2: it is 4", attribute({ 2: scalars }));
    refuses("RLT_SHAPE", "otherScalars as its length must be 2: it is 4", attribute({ 4: scalars }));
    refuses("RLT_SHAPE", "weights as its length must be 6: it is 4", attribute({ 5: new Float32Array(4) }));
    refuses("RLT_NON_FINITE", "otherScalars", attribute({ 4: floats(0, NaN) }));
    refuses("RLT_HEAD", "chosen as it must be below 3: it is 3", attribute({ 1: 3 }));
    refuses("RLT_HEAD", "other as it must be below 3: it is 7", attribute({ 3: 7 }));
    for (const value of [-1, 0.5, NaN, "1", undefined, 2 ** 32]) {
      refuses("RLT_ARGUMENT", "other", attribute({ 3: value }));
    }
    for (const value of [0, 1025, 1.5, "1"]) refuses("RLT_ARGUMENT", "maxSteps", attribute({ 6: value }));
    refuses("RLT_ARGUMENT", "weights", attribute({ 5: [0, 0, 0, 0, 0, 0] }));
    refuses("RLT_ARGUMENT", "share memory", attribute({ 2: weights.subarray(4) }));
  },
});

Deno.test({
  name: "fitConfidence() and confidenceAt() give a rising curve, and refuse with our codes",
  ignore,
  fn() {
    const scores = Float64Array.from({ length: 10 }, (_, index) => index + 1);
    const wins = Uint8Array.of(0, 1, 0, 0, 1, 1, 0, 1, 1, 1);
    const fit = inference.fitConfidence(scores, wins);
    assert.deepEqual(fit.scores, Float64Array.of(1, 2, 4, 5, 7, 8, 10));
    assert.deepEqual(fit.probabilities, Float64Array.of(1 / 3, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8));
    assert.deepEqual(fit.bins[2], { scoreFrom: 3, scoreTo: 3, predicted: 4 / 6, observed: 0, count: 1 });
    near(fit.ece, 0.542857142857, 1e-12);
    const at = (score: number) => inference.confidenceAt(fit.scores, fit.probabilities, score);
    assert.deepEqual([-5, 3, 99].map(at), [1 / 3, 0.4, 0.8]);
    near(at(4.5), 0.5, 1e-12);

    const tooFew = () => inference.fitConfidence(scores.subarray(1), wins);
    refuses("RLT_SHAPE", "scores as its length must be 10..=1000000: it is 9", tooFew);
    refuses("RLT_SHAPE", "wins", () => inference.fitConfidence(scores, wins.subarray(1)));
    refuses("RLT_CONFIDENCE", "wins[0] is 7", () => inference.fitConfidence(scores, wins.map(() => 7)));
    refuses(
      "RLT_ARGUMENT",
      "scores as it must be a Float64Array",
      () => inference.fitConfidence(wrong(new Float32Array(10)), wins),
    );
    refuses("RLT_ARGUMENT", "wins", () => inference.fitConfidence(scores, wrong([0])));
    refuses("RLT_NON_FINITE", "score ", () => at(NaN));
    refuses("RLT_ARGUMENT", "score as it must be a number: it is a string", () => at(wrong("1")));
    refuses("RLT_SHAPE", "scores", () => inference.confidenceAt(scores.subarray(10), scores.subarray(10), 1));
    refuses(
      "RLT_CONFIDENCE",
      "scores must rise",
      () => inference.confidenceAt(wrong(scores.toReversed()), scores, 1),
    );
  },
});
