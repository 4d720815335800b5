import assert from "node:assert/strict";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { fileURLToPath } from "node:url";
import { MiscConfig } from "../../core/config/misc.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { ModelPassport } from "../../core/contracts/model.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import { openFakeNetwork } from "../../core/testing/fake_network.ts";
import { makeTeacher } from "../teacher.ts";
import { DAY_MS, fakeFit, FakeLearner, FREE, stepOf } from "../trainer_testing.ts";
import {
  type BatchOptions,
  type BatchParts,
  historyOf,
  splitHistory,
  trainOnHistory,
} from "./batch_training.ts";
import { describeTraining } from "./training_report.ts";

const steps = (symbol: string, count: number) =>
  Array.from({ length: count }, (_, day) => stepOf(symbol, day));
const HISTORY = splitHistory(new Map([["X", steps("X", 100)]]), 0.3);
const DELIVERED = await loadModelConfig(
  fileURLToPath(new URL("../../../docs/model_config.yaml", import.meta.url)),
);
const CONFIG = { ...DELIVERED, confidence: { horizon: 1 } };

function run(learner: FakeLearner, options: Partial<BatchOptions> = {}, parts: Partial<BatchParts> = {}) {
  const history = parts.history ?? HISTORY;
  const config = {
    ...CONFIG,
    learner: { ...CONFIG.learner, counterfactual: parts.isCounterfactual ?? true },
  };
  const space = decisionSpaceOf(config, FREE);
  return trainOnHistory({
    learner,
    teacher: makeTeacher({ config, space, rules: FREE, learner, seed: 1, champions: null }, history.sigma),
    history,
    rules: FREE,
    isCounterfactual: true,
    fitConfidence: fakeFit,
    horizon: 1,
    schema: "{}",
    days: {},
    ...parts,
  }, {
    steps: 1_000,
    evaluateEvery: 100,
    patience: 100,
    signal: new AbortController().signal,
    onPoint: () => {},
    ...options,
  });
}

function imported(blob: Uint8Array): FakeLearner {
  const learner = new FakeLearner(2);
  learner.importModel(blob);
  return learner;
}

Deno.test("historyOf() makes the steps of a feed, all of them history", async () => {
  const feed = await openFeed("synthetic:A", {
    symbols: "2",
    seed: 1,
    bars: 60,
    files: Deno,
    rules: MiscConfig.parse({}),
  });
  const norm = { kind: "none" as const };
  const features = [{ name: "r", source: "log_return", params: { bars: 1 }, norm }];
  const history = historyOf(feed, () => new StateBuilder(features));
  assert.deepEqual([...history.keys()], ["A-1", "A-2"]);
  for (const steps of history.values()) {
    assert.equal(steps.length, 57); // 60 bars; the first has no return, the last two end no step
    assert.ok(steps.every((step) => step.phase === "bootstrap" && step.decision === null));
  }
});

Deno.test("splitHistory() leaves out the steps whose reward reaches over the cut", () => {
  assert.deepEqual([HISTORY.training.length, HISTORY.validation.get("X")?.length], [68, 30]);
  const last = HISTORY.training[HISTORY.training.length - 1];
  const first = HISTORY.validation.get("X")![0];
  assert.ok(
    last.next.openTimeMs + DAY_MS <= first.barMs,
    "what was learned ends before the first judged decision",
  );
});

Deno.test("splitHistory() cuts all symbols at one time, also those that start late", () => {
  const late = steps("Y", 100).slice(40);
  const { training, validation } = splitHistory(new Map([["X", steps("X", 100)], ["Y", late]]), 0.3);
  assert.equal(validation.get("X")![0].barMs, validation.get("Y")![0].barMs);
  const order = training.map((step) => [step.barMs, step.symbol]);
  assert.deepEqual(order, order.toSorted(([a, s], [b, t]) => Number(a) - Number(b) || (s < t ? -1 : 1)));
});

Deno.test("splitHistory() refuses parts that are too small, naming the symbol", () => {
  assert.throws(
    () => splitHistory(new Map([["X", steps("X", 60)]]), 0.1),
    /Cannot validate X .* there are 6/,
  );
  assert.throws(
    () => splitHistory(new Map([["X", steps("X", 60)]]), 0.9),
    /Cannot scale the rewards of X .* there are 3/,
  );
});

Deno.test("trainOnHistory() learns every training step, and gives the model of the best evaluation", async () => {
  const learner = new FakeLearner(2);
  const trained = await run(learner);
  assert.equal(learner.pushed.length, 68);
  assert.deepEqual(trained.curve.map((point) => point.updates), [
    100,
    200,
    300,
    400,
    500,
    600,
    700,
    800,
    900,
    1_000,
  ]);
  assert.equal(trained.best.growthBp, Math.max(...trained.curve.map((point) => point.growthBp)));
  assert.ok(trained.curve.findIndex((point) => point === trained.best) > 0);
  assert.deepEqual(trained.blob, (await run(new FakeLearner(2), { steps: trained.best.updates })).blob);
  assert.equal(trained.endedEarly, false);
  const state = learner.pushed.at(-1)!.features;
  assert.deepEqual([trained.goldenStates.length, trained.goldenStates.slice(-2)], [128, state]);
});

Deno.test("trainOnHistory() ends when nothing got better for the patience, or when it is told to", async () => {
  const flat = new FakeLearner(2);
  flat.evaluate = (_, __, classes) => new Float32Array(classes.length); // never trades, so never gets better
  const trained = await run(flat, { patience: 3 });
  assert.deepEqual([trained.endedEarly, trained.curve.length], [true, 4]);
  const stop = new AbortController();
  const stopped = await run(new FakeLearner(2), { signal: stop.signal, onPoint: () => stop.abort() });
  assert.equal(stopped.curve.length, 1);
  stop.abort();
  await assert.rejects(
    run(new FakeLearner(2), { signal: stop.signal }),
    /interrupted before the first evaluation/,
  );
});

Deno.test("trainOnHistory() says how sure the best model is, by decisions of the validation part alone", async () => {
  const long = splitHistory(new Map([["X", steps("X", 800)]]), 0.3);
  const learner = new FakeLearner(2);
  const { confidence, blob } = await run(learner, {}, { history: long });
  assert.ok(confidence !== null && confidence.fittedOn > 200 && confidence.fittedOn <= 240);
  const { passport, schema } = JSON.parse(openFakeNetwork(blob).metadata);
  assert.deepEqual(ModelPassport.parse(JSON.parse(passport)).confidence, confidence);
  assert.equal(schema, "{}");
  assert.deepEqual(learner.exportModel("{}"), imported(blob).exportModel("{}"), "it holds the best model");
  assert.equal((await run(new FakeLearner(2))).confidence, null); // 30 bars are too few
});

Deno.test("trainOnHistory() of what was done goes through the history once, while it learns", async () => {
  const learner = new FakeLearner(2);
  await run(learner, { steps: 400 }, { isCounterfactual: false });
  assert.deepEqual(learner.trained.map(({ steps }) => steps), [17, 34, 51, 68]);
  assert.ok(learner.pushed.every(({ classes }) => classes.length === 1));
});

Deno.test("describeTraining() shows the curve with its best point, and the command that uses the model", async () => {
  const { curve, endedEarly } = await run(new FakeLearner(2));
  const confidence = {
    scores: [0],
    probabilities: [0.5],
    horizon: 64,
    ece: 0.034,
    reliability: [],
    fittedOn: 250,
  };
  const text = describeTraining({
    confidence,
    feed: "sp500",
    version: "m-0123456789abcdef",
    archive: "models",
    endedEarly,
    curve,
  });
  assert.equal(text.match(/best$/gm)?.length, 1);
  assert.match(text, /deno task dev --model m-0123456789abcdef/);
  assert.match(text, /^250 decisions were followed .* up to 64 bars: .* off by 3\.4 % on average/m);
});
