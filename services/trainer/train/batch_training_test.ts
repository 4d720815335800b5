import assert from "node:assert/strict";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { MiscConfig } from "../../core/config/misc.ts";
import { RewardAgent } from "../reward_agent.ts";
import { DAY_MS, FakeLearner, stepOf } from "../trainer_testing.ts";
import { type BatchOptions, historyOf, splitHistory, trainOnHistory } from "./batch_training.ts";
import { describeTraining } from "./training_report.ts";

const FREE = { feeBps: 0, halfSpreadBps: 0, slippageBps: 0 };
const steps = (symbol: string, count: number) =>
  Array.from({ length: count }, (_, day) => stepOf(symbol, day));
const HISTORY = splitHistory(new Map([["X", steps("X", 100)]]), 0.3);
const RULES = { actionSpan: { start: 0, end: 2 }, targets: [0, 1], costs: FREE, sigma: HISTORY.sigma };
const AGENT = new RewardAgent({ targets: [0, 1], rules: FREE, sigma: HISTORY.sigma, regressionHeads: 1 });

function run(learner: FakeLearner, options: Partial<BatchOptions> = {}) {
  return trainOnHistory(learner, AGENT, HISTORY, RULES, {
    steps: 1_000,
    evaluateEvery: 100,
    patience: 100,
    signal: new AbortController().signal,
    onPoint: () => {},
    ...options,
  });
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
  assert.deepEqual(trained.blob, (await run(new FakeLearner(2), { steps: trained.best.updates })).blob);
  assert.equal(trained.endedEarly, false);
});

Deno.test("trainOnHistory() ends when nothing got better for the patience, or when it is told to", async () => {
  const flat = new FakeLearner(2);
  flat.forward = (features) => new Float32Array(features.length / 2 * 2); // never trades, so never gets better
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

Deno.test("describeTraining() shows the curve with its best point, and the command that uses the model", async () => {
  const { curve, endedEarly } = await run(new FakeLearner(2));
  const text = describeTraining({
    feed: "sp500",
    version: "m-0123456789abcdef",
    archive: "models",
    endedEarly,
    curve,
  });
  assert.equal(text.match(/best$/gm)?.length, 1);
  assert.match(text, /deno task dev --model m-0123456789abcdef/);
});
