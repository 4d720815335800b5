import assert from "node:assert/strict";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { fileURLToPath } from "node:url";
import { MiscConfig } from "../../core/config/misc.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { ModelPassport } from "../../core/contracts/model.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import { openFakeNetwork } from "../../core/testing/fake_network.ts";
import { ChampionTimeline } from "../gate/champions.ts";
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
const SHARES = { validation: 0.3, evidence: 0.1 };
/** 60 days to learn from, of which two are purged, 30 to choose by, two of them purged, and 10 for the gate. */
const HISTORY = splitHistory(new Map([["X", steps("X", 100)]]), SHARES);
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
    teacher: makeTeacher(
      { config, space, rulesOf: () => FREE, learner, seed: 1, champions: null },
      history.sigma,
    ),
    history,
    rulesOf: () => FREE,
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
  const { training, evidence } = HISTORY;
  const validation = HISTORY.validation.get("X")!;
  assert.deepEqual([training.length, validation.length, evidence.length], [58, 28, 10]);
  for (const [before, after] of [[training, validation], [validation, evidence]]) {
    const { next } = before[before.length - 1];
    assert.ok(
      next.openTimeMs + DAY_MS <= after[0].barMs,
      "a part ends before the first decision of the next",
    );
  }
});

Deno.test("splitHistory() cuts all symbols at one time, also those that start late", () => {
  const late = steps("Y", 100).slice(20);
  const { training, validation } = splitHistory(new Map([["X", steps("X", 100)], ["Y", late]]), SHARES);
  assert.equal(validation.get("X")![0].barMs, validation.get("Y")![0].barMs);
  const order = training.map((step) => [step.barMs, step.symbol]);
  assert.deepEqual(order, order.toSorted(([a, s], [b, t]) => Number(a) - Number(b) || (s < t ? -1 : 1)));
});

Deno.test("splitHistory() refuses parts that are too small, naming the symbol", () => {
  assert.throws(
    () => splitHistory(new Map([["X", steps("X", 60)]]), { validation: 0.1, evidence: 0.1 }),
    /Cannot validate X .* there are 4/,
  );
  assert.throws(
    () => splitHistory(new Map([["X", steps("X", 60)]]), { validation: 0.8, evidence: 0.1 }),
    /Cannot scale the rewards of X .* there are 3/,
  );
  assert.throws(
    () => splitHistory(new Map([["X", steps("X", 60)]]), { validation: 0.5, evidence: 0.5 }),
    /validation and evidence must be less than all of it: they are 0.5 and 0.5/,
  );
});

Deno.test("trainOnHistory() learns every training step, and gives the model of the best evaluation", async () => {
  const learner = new FakeLearner(2);
  const history = splitHistory(new Map([["X", steps("X", 110)]]), SHARES);
  const trained = await run(learner, {}, { history });
  assert.equal(learner.pushed.length, history.training.length);
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
  assert.deepEqual(
    trained.blob,
    (await run(new FakeLearner(2), { steps: trained.best.updates }, { history })).blob,
  );
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
  const long = splitHistory(new Map([["X", steps("X", 800)]]), SHARES);
  const learner = new FakeLearner(2);
  const { confidence, blob } = await run(learner, {}, { history: long });
  assert.ok(confidence !== null && confidence.fittedOn > 200 && confidence.fittedOn <= 240);
  const { passport, schema } = JSON.parse(openFakeNetwork(blob).metadata);
  assert.deepEqual(ModelPassport.parse(JSON.parse(passport)).confidence, confidence);
  assert.equal(schema, "{}");
  assert.deepEqual(learner.exportModel("{}"), imported(blob).exportModel("{}"), "it holds the best model");
  assert.equal((await run(new FakeLearner(2))).confidence, null); // 30 bars are too few
});

Deno.test("trainOnHistory() follows the best model over the bars that neither learning nor choosing has seen", async () => {
  const learner = new FakeLearner(2);
  const champions = {
    timeline: new ChampionTimeline(),
    openModel: () => Promise.reject(new Error("there is no champion")),
  };
  const config = { ...CONFIG, learner: { ...CONFIG.learner, counterfactual: true } };
  const parts = {
    config,
    space: decisionSpaceOf(config, FREE),
    rulesOf: () => FREE,
    learner,
    seed: 1,
    champions,
  };
  const { track, best } = await run(learner, {}, { teacher: makeTeacher(parts, HISTORY.sigma) });
  const rows = track.get("X")!;
  assert.deepEqual(rows.map(({ barMs }) => barMs), HISTORY.evidence.map(({ barMs }) => barMs));
  assert.ok(best.bars < rows[0].barMs / DAY_MS && !learner.pushed.some(({ features }) => features[0] >= 60));
  assert.deepEqual((await run(new FakeLearner(2))).track, new Map(), "where nobody asks");
});

Deno.test("trainOnHistory() of what was done goes through the history once, while it learns", async () => {
  const learner = new FakeLearner(2);
  await run(learner, { steps: 400 }, { isCounterfactual: false });
  assert.deepEqual(learner.trained.map(({ steps }) => steps), [15, 29, 44, 58]);
  assert.ok(learner.pushed.every(({ classes }) => classes.length === 1));
});

Deno.test("describeTraining() shows the curve with its best point, and the command that uses a model that would serve", async () => {
  const { curve, endedEarly } = await run(new FakeLearner(2));
  const confidence = {
    scores: [0],
    probabilities: [0.5],
    horizon: 64,
    ece: 0.034,
    reliability: [],
    fittedOn: 250,
  };
  const text = (passed: boolean) =>
    describeTraining({
      confidence,
      feed: "sp500",
      version: "m-0123456789abcdef",
      archive: "models",
      endedEarly,
      curve,
      gate: [{ step: "evidence", passed, reason: "it churns", figures: {} }],
      next: "deno task dev --model m-0123456789abcdef --config m2.yaml",
      faults: [],
    });
  assert.match(text(false), /^gate, evidence: would not serve it: it churns$/m);
  assert.match(text(false), /^m-0123456789abcdef is kept in models, to look at: it would not be served\.$/m);
  assert.ok(!text(false).includes("deno task"));
  assert.equal(text(true).match(/best$/gm)?.length, 1);
  assert.match(text(true), /Decide with it: deno task dev --model m-0123456789abcdef --config m2\.yaml$/m);
  assert.match(text(true), /^250 decisions were followed .* up to 64 bars: .* off by 3\.4 % on average/m);
});
