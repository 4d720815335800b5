import assert from "node:assert/strict";
import { controlDocument } from "../core/contracts/control.ts";
import { decisionStream } from "../core/contracts/lane.ts";
import { currentModel, modelEventStream } from "../core/contracts/model.ts";
import { FeatureConfig } from "../core/features/feature_config.ts";
import { StateBuilder } from "../core/features/state_builder.ts";
import { controlAt } from "../core/redis/ledger_samples_testing.ts";
import { DAY_MS, decisionAt, FEED, memoryStore, sampleRun } from "./run_samples_testing.ts";
import { describeSummary, emptySummary, money, summarise } from "./summary.ts";

/** The sample decisions carry states of nobody's features. */
const newBuilder = () =>
  new StateBuilder([FeatureConfig.parse({ name: "gap", source: "gap", norm: { kind: "none", clip: 1 } })]);
const chosen = { restarts: 2, runner: "local", venue: "paper", seed: 7 };

Deno.test("summarise() counts a run from its streams", async () => {
  assert.deepEqual(await summarise(await sampleRun(), FEED, "paper", chosen, newBuilder), {
    bars: 6,
    decisions: 5,
    orders: 2,
    fills: 2,
    experiences: 6,
    liveExperiences: 2,
    trainSteps: 600,
    modelVersions: 2, // one was refused, one adopted twice
    model: "m-0000000000000003",
    verdicts: { adopted: 0, shadow: 0, held: 0, refused: 0 }, // nobody judged them
    lastVerdict: null,
    equity: 900,
    buyAndHold: 810,
    decisionLatencyMs: { p50: 3, p99: 5 },
    quarantined: 1,
    halted: null,
    restarts: 2,
    runner: "local",
    venue: "paper",
    seed: 7,
    feed: "synthetic:A",
    symbols: ["A-1", "A-2"],
    undecided: {},
    decisionsByReplica: { "inference-1": 3, "inference-2": 2 },
    stateParity: { decisions: 5, differing: 5 },
  });
});

Deno.test("summarise() gives zeros for a run in which nothing happened, and for another account", async () => {
  for (const [store, account] of [[memoryStore(), "paper"], [await sampleRun(), "other"]] as const) {
    const { decisions, fills, equity, decisionLatencyMs } = await summarise(
      store,
      FEED,
      account,
      chosen,
      newBuilder,
    );
    assert.deepEqual([decisions, fills, equity, decisionLatencyMs], [0, 0, 0, { p50: 0, p99: 0 }]);
  }
});

Deno.test("describeSummary() says it in seven lines", async () => {
  const text = describeSummary(await summarise(await sampleRun(), FEED, "paper", chosen, newBuilder));
  assert.deepEqual(text.split("\n"), [
    "6 live bars, 5 decisions, 2 orders, 2 fills (paper)",
    "6 experiences, 600 training steps, 2 model versions",
    "model m-0000000000000003 serves",
    "equity 900.00, buy and hold 810.00 (+11.11 %)",
    "decision latency p50 3.00 ms, p99 5.00 ms (local runner)",
    "1 quarantined, 2 restarts, seed 7",
    "5 of 5 states that were acted on differ from those that a backtest of the bars builds",
  ]);
});

Deno.test("describeSummary() says that trading is halted, since when and why", async () => {
  const store = await sampleRun();
  await store.set(controlDocument("paper"), controlAt(1, { barMs: 4 * 86_400_000 }));
  const text = describeSummary(await summarise(store, FEED, "paper", chosen, newBuilder));
  assert.equal(text.split("\n")[6], "trading is halted since bar 1970-01-05: a test");
});

Deno.test("describeSummary() says why no model serves, and how many candidates were refused", async () => {
  const store = await sampleRun();
  await store.delete(currentModel().key);
  const gate = [{ step: "evidence" as const, passed: false, reason: "it churns", figures: {} }];
  const event = { version: "m-0000000000000009", outcome: "refused" as const, adoptAfterMs: 0, atMs: 1 };
  await store.append(modelEventStream(), "9-0", { ...event, updates: 1, gate });
  const summary = await summarise(store, FEED, "paper", chosen, newBuilder);
  assert.deepEqual([summary.model, summary.verdicts.refused], [null, 1]);
  assert.equal(
    describeSummary(summary).split("\n")[2],
    "no model serves, refused candidates: 1; the last: at the start  model m-000000 was refused: it churns",
  );
});

Deno.test("emptySummary() is that of a run in which nothing happened", async () => {
  const nothing = { feed: "sp500", symbols: [], timeframe: "1d" as const };
  assert.deepEqual(
    emptySummary("sp500", chosen),
    await summarise(memoryStore(), nothing, "paper", chosen, newBuilder),
  );
});

Deno.test("describeSummary() says on how many bars no model decided, and why: no run is without decisions in silence", async () => {
  const store = await sampleRun();
  const reasons = ["no model has passed the gate yet", "stop hit at 5; model m-1 was not trained on A-1"];
  for (const [day, reason] of [reasons[0], reasons[1], reasons[1]].entries()) {
    const verdict = { outcome: "refused" as const, reason };
    const decision = decisionAt("A-1", 6 + day, { modelVersion: null, verdict });
    await store.append(decisionStream("paper", "A-1"), `${(6 + day) * DAY_MS}-0`, decision);
  }
  const summary = await summarise(store, FEED, "paper", chosen, newBuilder);
  const told = describeSummary(summary).split("\n").filter((line) => line.startsWith("no decision"));
  assert.deepEqual(told, [
    "no decision on 2 bars: model m-1 was not trained on A-1",
    "no decision on 1 bar: no model has passed the gate yet",
  ]);
});

Deno.test("money() groups thousands and keeps two places", () => {
  assert.equal(money(1_234_567.891), "1,234,567.89");
  assert.equal(money(-0.5), "−0.50");
});
