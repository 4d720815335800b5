/** The learner as JavaScript sees it: results, error codes, threads. */
import assert from "node:assert/strict";
import type { Learner, LearnerConfig, LearnerStep } from "../services/core/model/native_types.ts";
import { ignore, inference, refuses, rejects, trainer, wrong } from "./addons_testing.ts";

const CONFIG: LearnerConfig = {
  net: {
    inputs: 4,
    trunk: [16],
    heads: [{ name: "action", kind: "value", size: 2 }, { name: "risk", kind: "regression", size: 1 }],
  },
  schema_hash: "schema-1",
  seed: 1,
  batch_steps: 32,
  replay_capacity: 500,
  max_afterstates: 2,
  max_points: 2,
  max_candidates: 2,
};

function newLearner(changes: Partial<LearnerConfig> = {}): Learner {
  return new trainer.Learner(JSON.stringify({ ...CONFIG, ...changes }));
}

function step(index = 0): LearnerStep {
  const row = (at: number) => Float32Array.of(1, at % 7, at % 5, at % 3);
  return {
    features: row(index),
    nextFeatures: row(index + 1),
    classes: Uint8Array.of(0, 1),
    scalars: new Float32Array(),
    rewards: Float32Array.of(0, index % 2),
    terminals: Uint8Array.of(0, 0),
    pointClasses: Uint8Array.of(0, 1),
    pointScalars: new Float32Array(),
    candidateOffsets: Uint32Array.of(0, 2, 4),
    candidatePoints: Uint8Array.of(0, 1, 0, 1),
    candidateCosts: Float32Array.of(0, 0.1, 0.1, 0),
    regressionTargets: Float32Array.of(NaN),
  };
}

function filled(steps: number): Learner {
  const learner = newLearner();
  for (let index = 0; index < steps; index++) learner.push(step(index));
  return learner;
}

Deno.test({
  name: "Learner.exportModel() gives a network that computes what the learner computes, alone and in a batch",
  ignore,
  async fn() {
    const learner = filled(600);
    assert.equal(learner.replayed, 500);
    const report = await learner.train(50);
    assert.equal(report.updates, 50);
    assert.equal(report.skipped, 0);
    assert.ok(report.loss > 0 && report.gradNorm > 0 && report.seconds > 0);
    const net = inference.QNet.fromBytes(learner.exportModel('{"note":"ü"}'), "schema-1");
    assert.deepEqual([net.inputs, net.outputs, JSON.parse(net.spec)], [4, 3, CONFIG.net]);
    assert.equal(JSON.parse(net.metadata).note, "ü");
    const features = Float32Array.from({ length: 40 }, (_, index) => Math.sin(index));
    const out = new Float32Array(30);
    net.forward(features, out);
    learner.forward(features).forEach((value, index) => assert.ok(Math.abs(value - out[index]) < 1e-5));
    const alone = new Float32Array(3);
    net.forward(features.subarray(8, 12), alone);
    assert.deepEqual(alone, out.slice(6, 9));
  },
});

Deno.test({
  name: "Learner refuses with our codes",
  ignore,
  async fn() {
    refuses(
      "RLT_CONFIG",
      "gamma must be in [0, 1): it is 2; learning_rate",
      () => newLearner({ gamma: 2, learning_rate: -1 }),
    );
    refuses("RLT_CONFIG", "unknown field `gama`", () => newLearner(wrong({ gama: 1 })));
    refuses("RLT_ARGUMENT", "configJson", () => new trainer.Learner(wrong(3)));
    const learner = newLearner();
    await rejects("RLT_EMPTY", learner.train(1));
    for (const steps of [0, 1.5, -1, NaN, "1", undefined]) {
      await rejects("RLT_ARGUMENT", learner.train(wrong(steps)));
    }
    refuses("RLT_ARGUMENT", "step as it must be an object", () => learner.push(wrong(null)));
    refuses(
      "RLT_ARGUMENT",
      "classes as it must be a Uint8Array",
      () => learner.push({ ...step(), classes: wrong([0, 1]) }),
    );
    refuses("RLT_ARGUMENT", "`rewards` must be a plain property", () =>
      learner.push({
        ...step(),
        get rewards(): Float32Array {
          throw new Error("thrown by a getter");
        },
      }));
    refuses(
      "RLT_HEAD",
      "classes[1] as it must be below 2: it is 2",
      () => learner.push({ ...step(), classes: Uint8Array.of(0, 2) }),
    );
    refuses(
      "RLT_STEP",
      "candidateCosts[0] is -1",
      () => learner.push({ ...step(), candidateCosts: Float32Array.of(-1, 0, 0, 0) }),
    );
    refuses("RLT_SHAPE", "features", () => learner.forward(new Float32Array(3)));
    refuses("RLT_MODEL_FORMAT", "`spec`", () => learner.exportModel('{"spec":"x"}'));
    refuses("RLT_ARGUMENT", "metadataJson", () => learner.exportModel('{"a":1}'));
    refuses("RLT_MODEL_TRUNCATED", "", () => learner.importModel(new Uint8Array(3)));
    const other = newLearner({ schema_hash: "schema-2" }).exportModel("{}");
    refuses("RLT_SCHEMA_MISMATCH", "schema-2", () => learner.importModel(other));
    assert.equal(learner.replayed, 0);
    learner.close();
    refuses("RLT_CLOSED", "push", () => learner.push(step()));
    refuses("RLT_CLOSED", "updates", () => learner.updates);
    await rejects("RLT_CLOSED", learner.train(1));
  },
});

Deno.test({
  name: "Learner.train() leaves the event loop free and excludes only another run",
  ignore,
  async fn() {
    const learner = filled(500);
    const blob = learner.exportModel("{}");
    const run = learner.train(3000);
    await rejects("RLT_BUSY", learner.train(1));
    refuses("RLT_BUSY", "import model", () => learner.importModel(blob));
    learner.push(step());
    assert.equal(learner.forward(new Float32Array(8)).length, 6);
    assert.ok(learner.updates < 3000);
    assert.equal((await run).updates, 3000);
    await learner.train(1);
    learner.importModel(blob);
    assert.deepEqual(learner.exportModel("{}"), blob);
    const endless = learner.train(1_000_000);
    learner.close();
    await rejects("RLT_CLOSED", endless);
  },
});

Deno.test({
  name: "Learner.restore() goes on from a checkpoint as if nothing had happened",
  ignore,
  async fn() {
    const learner = filled(120);
    await learner.train(50);
    const during = learner.train(2_000);
    const early = await learner.checkpoint();
    await during;
    const blob = await learner.checkpoint();
    const second = newLearner();
    await second.restore(early);
    assert.equal(second.replayed, 120);
    await second.train(2_050 - second.updates);
    assert.deepEqual(await second.checkpoint(), blob, "one made during a run goes on to the same bytes");
    await second.train(30);
    const third = newLearner();
    await third.restore(blob);
    await third.train(30);
    assert.deepEqual(third.exportModel("{}"), second.exportModel("{}"));
  },
});

Deno.test({
  name: "Learner with a prioritised replay learns reproducibly and goes on from a checkpoint",
  ignore,
  async fn() {
    const replay = { kind: "prioritised", alpha: 0.6, beta_start: 0.4, beta_updates: 100 } as const;
    const learner = newLearner({ replay });
    const second = newLearner({ replay });
    for (let index = 0; index < 60; index++) learner.push(step(index));
    const first = await learner.train(100);
    assert.equal(first.updates, 100);
    await second.restore(await learner.checkpoint());
    const last = await learner.train(400);
    assert.ok(last.loss < first.loss);
    await second.train(400);
    assert.deepEqual(second.exportModel("{}"), learner.exportModel("{}"));
    const uniform = newLearner();
    await rejects("RLT_CHECKPOINT_CONFIG", uniform.restore(await learner.checkpoint()));
  },
});

Deno.test({
  name: "Learner.restore() refuses with our codes and changes nothing",
  ignore,
  async fn() {
    const learner = filled(50);
    await learner.train(5);
    const blob = await learner.checkpoint();
    await rejects("RLT_ARGUMENT", learner.restore(wrong("x")));
    await rejects("RLT_CHECKPOINT_TRUNCATED", learner.restore(blob.subarray(0, -1)));
    await rejects("RLT_CHECKPOINT_FORMAT", learner.restore(wrong(learner.exportModel("{}"))));
    const tampered = new Uint8Array(blob);
    tampered[tampered.length >> 1] ^= 1;
    await rejects("RLT_CHECKPOINT_HASH", learner.restore(tampered));
    await rejects("RLT_CHECKPOINT_SCHEMA", newLearner({ schema_hash: "schema-2" }).restore(blob));
    await rejects("RLT_CHECKPOINT_CONFIG", newLearner({ seed: 2 }).restore(blob));
    assert.deepEqual(await learner.checkpoint(), blob);
    const run = learner.train(2_000);
    await rejects("RLT_BUSY", learner.restore(blob));
    await run;
    const restoring = learner.restore(blob);
    await rejects("RLT_BUSY", learner.train(1));
    await restoring;
    assert.equal(learner.updates, 5);
    learner.close();
    await rejects("RLT_CLOSED", learner.checkpoint());
    await rejects("RLT_CLOSED", learner.restore(blob));
  },
});

Deno.test({
  name: "Learner goes back to its last good weights and says so",
  ignore,
  async fn() {
    for (const engine of ["fused", "tch"] as const) {
      const learner = newLearner({ engine, rollback_after: 4 });
      assert.equal(learner.engine, engine);
      const fresh = learner.exportModel("{}");
      learner.push({ ...step(), features: new Float32Array(4).fill(3e38) });
      const report = await learner.train(9);
      assert.deepEqual([report.skipped, report.rollbacks, report.updates], [9, 2, 0]);
      assert.deepEqual(learner.exportModel("{}"), fresh);
    }
    assert.equal(newLearner().engine, "fused");
  },
});

Deno.test({
  name: "Learner with one seed gives the same bytes on any thread",
  ignore,
  async fn() {
    const run = async () => {
      const learner = newLearner();
      for (let index = 0; index < 100; index++) {
        learner.push(step(index));
        await learner.train(3);
      }
      return learner.exportModel("{}");
    };
    const [first, second, third] = await Promise.all([run(), run(), run()]);
    assert.deepEqual(first, second);
    assert.deepEqual(second, third);
  },
});
