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
  name: "Learner.push() looks at no memory that a getter of the step has taken away",
  ignore,
  fn() {
    const learner = newLearner();
    const { regressionTargets, ...rest } = step();
    const taking = {
      ...rest,
      get regressionTargets() {
        structuredClone(rest.features, { transfer: [rest.features.buffer] });
        return regressionTargets;
      },
    };
    refuses("RLT_SHAPE", "features", () => learner.push(taking));
    assert.equal(learner.replayed, 0);
    learner.close();
  },
});

Deno.test({
  name: "Learner.train() leaves the event loop free and excludes only another run",
  ignore,
  async fn() {
    const learner = filled(500);
    const blob = learner.exportModel("{}");
    const run = learner.train(20_000);
    await rejects("RLT_BUSY", learner.train(1));
    refuses("RLT_BUSY", "import model", () => learner.importModel(blob));
    learner.push(step());
    assert.equal(learner.forward(new Float32Array(8)).length, 6);
    assert.ok(learner.updates < 20_000);
    assert.equal((await run).updates, 20_000);
    await learner.train(1);
    learner.importModel(blob);
    assert.deepEqual(learner.exportModel("{}"), blob);
    const endless = learner.train(1_000_000);
    learner.close();
    await rejects("RLT_CLOSED", endless);
  },
});

Deno.test({
  name: "Learner.evaluate() gives what the exported model gives, and learns from account scalars",
  ignore,
  async fn() {
    const learner = newLearner({
      net: {
        inputs: 4,
        trunk: [16],
        heads: [{ name: "action", kind: "value", size: 2, dueling: true, quantiles: 3 }],
        account: { scalars: 2, hidden: 6 },
      },
      max_points: 3,
    });
    const points = { classes: Uint8Array.of(0, 1, 1), scalars: Float32Array.of(0, 0, 0.5, 1, -0.5, 2) };
    for (let index = 0; index < 50; index++) {
      learner.push({
        ...step(index),
        span: 1 + index % 2,
        scalars: points.scalars.subarray(0, 4),
        pointClasses: points.classes,
        pointScalars: points.scalars,
        candidatePoints: Uint8Array.of(0, 1, 0, 2),
        regressionTargets: new Float32Array(),
      });
    }
    const { classes, scalars } = points;
    const before = learner.evaluate(step().features, new Uint32Array(3), classes, scalars);
    assert.equal(before[1], before[2], "an account counts for nothing before it is learned");
    assert.ok((await learner.train(200)).loss > 0);
    const features = Float32Array.of(...step(0).features, ...step(3).features);
    const found = learner.evaluate(features, Uint32Array.of(0, 1, 1), classes, scalars);
    assert.notEqual(found[1], found[2]);
    const net = inference.QNet.fromBytes(learner.exportModel("{}"));
    const expected = new Float32Array(2);
    net.evaluate(features.subarray(4), classes.subarray(1), scalars.subarray(2), expected);
    expected.forEach((value, index) => assert.ok(Math.abs(value - found[index + 1]) < 1e-5));
    refuses(
      "RLT_SHAPE",
      "scalars as its length must be 4: it is 1",
      () => learner.push({ ...step(), scalars: new Float32Array(1) }),
    );
    refuses(
      "RLT_ARGUMENT",
      "span as it must be a whole number in 1..=65535",
      () => learner.push({ ...step(), span: 0.5 }),
    );
    refuses(
      "RLT_HEAD",
      "rowOfPoint[0] as it must be below 1: it is 1",
      () =>
        learner.evaluate(step().features, Uint32Array.of(1), classes.subarray(1, 2), scalars.subarray(2, 4)),
    );
    refuses(
      "RLT_ARGUMENT",
      "rowOfPoint as it must be a Uint32Array",
      () => learner.evaluate(features, wrong([0]), classes, scalars),
    );
  },
});

Deno.test({
  name: "Learner.warmStart() takes over what is unchanged and says what",
  ignore,
  async fn() {
    const old = filled(100);
    await old.train(50);
    const blob = old.exportModel("{}");
    const net = (inputs: number, trunk: number[], size: number): LearnerConfig["net"] => ({
      inputs,
      trunk,
      heads: [{ name: "action", kind: "value", size }, { name: "extra", kind: "regression", size: 1 }],
    });
    const learner = newLearner({ net: net(5, [16], 3), schema_hash: "schema-2", seed: 7 });
    const fresh = learner.forward(new Float32Array(5))[2];
    const done = learner.warmStart(blob, Int32Array.of(0, 1, -1, 2, 3), '{"action":[0,1,-1]}');
    assert.deepEqual(JSON.parse(done), {
      kept: ["trunk.0.weight", "trunk.0.bias", "head.action.weight", "head.action.bias"],
      fresh: ["head.extra.weight", "head.extra.bias"],
    });
    const [a, b, c, d] = step(3).features;
    const expected = old.forward(step(3).features);
    const found = learner.forward(Float32Array.of(a, b, 99, c, d));
    assert.deepEqual(found.slice(0, 2), expected.slice(0, 2), "the new input counts for nothing yet");
    assert.notEqual(learner.forward(new Float32Array(5))[2], fresh, "its trunk has changed");
    const map = Int32Array.of(0, 1, 2, 3);
    refuses(
      "RLT_MODEL_FORMAT",
      "the trunk must be [8] wide: it is [16] wide",
      () => newLearner({ net: net(4, [8], 2) }).warmStart(blob, map),
    );
    refuses("RLT_MODEL_FORMAT", "inputMap must be 5 long: it is 4 long", () => learner.warmStart(blob, map));
    refuses(
      "RLT_ARGUMENT",
      "inputMap as it must be an Int32Array",
      () => learner.warmStart(blob, wrong([0, 1, 2, 3])),
    );
    refuses(
      "RLT_ARGUMENT",
      "outputMapsJson must be an object of lists",
      () => learner.warmStart(blob, Int32Array.of(0, 1, -1, 2, 3), '{"action":1}'),
    );
    refuses("RLT_MODEL_TRUNCATED", "", () => learner.warmStart(blob.subarray(0, -1), map));
    assert.deepEqual(learner.forward(Float32Array.of(a, b, 99, c, d)), found, "a refusal changes nothing");
  },
});

Deno.test({
  name: "Learner says where it computes, and which part of a demanded GPU is missing",
  ignore,
  fn() {
    refuses(
      "RLT_CONFIG",
      "device `cuda` must be there: the library /no/such/folder/libtorch_cuda.so is missing",
      () => newLearner({ device: "cuda", cuda_libraries: "/no/such/folder" }),
    );
    refuses(
      "RLT_CONFIG",
      "engine `fused` must run on device `cpu` or `auto`: it is told `cuda`",
      () => newLearner({ device: "cuda", engine: "fused" }),
    );
    assert.equal(newLearner({ device: "auto", cuda_libraries: "/no/such/folder" }).engine, "fused");
    const info = JSON.parse(trainer.engineInfo());
    assert.equal(info.device, "cpu");
    assert.ok(info.reason.includes("/no/such/folder/libtorch_cuda.so is missing"), info.reason);
  },
});

Deno.test({
  name: "Learner.restore() goes on from a checkpoint as if nothing had happened",
  ignore,
  async fn() {
    const learner = filled(120);
    await learner.train(50);
    const during = learner.train(20_000);
    const early = await learner.checkpoint();
    await during;
    const blob = await learner.checkpoint();
    const second = newLearner();
    await second.restore(early);
    assert.equal(second.replayed, 120);
    const left = 20_050 - second.updates;
    if (left > 0) await second.train(left); // on a machine that is busy the run may be over before
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
    const run = learner.train(20_000);
    await rejects("RLT_BUSY", learner.restore(blob));
    await run;
    assert.equal(learner.updates, 20_005);
    await learner.restore(blob);
    assert.equal(learner.updates, 5);
    learner.close();
    await rejects("RLT_CLOSED", learner.checkpoint());
    await rejects("RLT_CLOSED", learner.restore(blob));
  },
});

Deno.test({
  name: "Learner.train() is refused while a checkpoint is restored, which takes a while where much is held",
  ignore,
  async fn() {
    const learner = newLearner({ replay_capacity: 50_000 });
    for (let index = 0; index < 50_000; index++) learner.push(step(index));
    const restoring = learner.restore(await learner.checkpoint());
    await rejects("RLT_BUSY", learner.train(1));
    await restoring;
    learner.close();
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
