import assert from "node:assert/strict";
import { storedModel } from "../../core/testing/stored_model.ts";
import { barStream } from "../../core/contracts/bar.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { decisionStream, equityStream, fillStream } from "../../core/contracts/lane.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { STRATEGY } from "../../core/lane/lane_testing.ts";
import type { TradedBar } from "../../core/lane/lane_trader.ts";
import { contentAddress } from "../../core/model/model_store.ts";
import { RedisModelStore } from "../../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../core/redis/memory_store.ts";
import { fakeModel, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { runBacktest } from "./backtest.ts";
import { DAY_MS, feedFrom } from "./backtest_testing.ts";
import { foldModels, recordedModels } from "./deciding_models.ts";
import { readRun, type RecordedRun } from "./recorded_run.ts";
import { describeParity, RunParityCheck } from "./run_parity.ts";

const FEED = feedFrom({ X: [100, 99, 97, 94, 96, 99, 103, 102, 100, 97, 99, 102, 106] });
const SPAN = { fromMs: 4 * DAY_MS, toMs: 13 * DAY_MS };
const FEATURES = [
  { name: "r", source: "log_return", params: { bars: 1 }, norm: { kind: "none" as const } },
];
const FIRST = fakeModel([[0], [100], [0]], { X: 0.01 });
const SECOND = fakeModel([[0.5], [100], [0]], { X: 0.01 });
const newStore = () =>
  new MemoryStore({
    keyspace: new MemoryKeyspace({ nowMs: () => 0 }),
    onBadEntry: ({ reason }) => assert.fail(reason),
  });

/** Decides the bars by two versions, one after the other. */
async function traded(feed = FEED): Promise<TradedBar[]> {
  const bars: TradedBar[] = [];
  const models = await Promise.all([FIRST, SECOND].map(async (blob, index) => ({
    version: (await contentAddress(blob)).version,
    blob,
    fromMs: (4 + 5 * index) * DAY_MS,
  })));
  await runBacktest({
    feed,
    span: SPAN,
    strategy: STRATEGY,
    account: "paper",
    models: foldModels(models, openFakeNetwork),
    confidenceAt: () => 0.5,
    makeStateBuilder: () => new StateBuilder(FEATURES),
    seed: 1,
    onBar: (bar) => bars.push(bar),
    signal: new AbortController().signal,
  });
  return bars;
}

/** Commits bars as inference would. */
async function recordedRun(bars: readonly TradedBar[]): Promise<{ store: MemoryStore; run: RecordedRun }> {
  const store = newStore();
  await store.set(feedStatus(), {
    runId: crypto.randomUUID(),
    feed: "test",
    note: "made by hand",
    state: "ended",
    symbols: ["X"],
    timeframe: "1d",
    bootstrapBars: 3,
    liveBars: 10,
    plannedLiveBars: 10,
    firstLiveMs: SPAN.fromMs,
    speed: "max",
    lockstep: true,
  });
  for (const bar of FEED.bars("X")) {
    const phase = bar.openTimeMs < SPAN.fromMs ? "bootstrap" : "live";
    await store.append(barStream("X", "1d"), `${bar.openTimeMs}-0`, { phase, bar });
  }
  for (const { decision, fills, equity } of bars) {
    const id = `${decision.barMs}-0`;
    const committed = { ...decision, latencyMs: 1.5, replica: "inference-1" };
    await store.append(decisionStream("paper", "X"), id, committed);
    await store.append(equityStream("paper", "X"), id, equity);
    for (const [index, fill] of fills.entries()) {
      await store.append(fillStream("paper", "X"), `${decision.barMs}-${index}`, fill);
    }
  }
  return { store, run: await readRun(store, "paper") };
}

Deno.test("readRun() gives the bars that a run saw, and what it committed on them", async () => {
  const bars = await traded();
  const { run } = await recordedRun(bars.slice(0, 8)); // two bars were published, but not decided
  assert.deepEqual(run.span, { fromMs: 4 * DAY_MS, toMs: 11 * DAY_MS, trainUntilMs: 4 * DAY_MS });
  assert.deepEqual([...run.feed.bars("X")], [...FEED.bars("X")].slice(0, 11));
  assert.equal(run.lanes.get("X")!.decisions.length, 8);
});

Deno.test("readRun() refuses a database without a run, or without a decision", async () => {
  await assert.rejects(
    readRun(newStore(), "paper"),
    /Cannot replay a run as the database must hold one: it is empty/,
  );
  await assert.rejects(recordedRun([]), /account paper must have decided: it has not/);
});

Deno.test("recordedModels() decides each bar by the version that its commit names", async () => {
  const bars = await traded();
  const { store, run } = await recordedRun(bars);
  const models = new RedisModelStore(store);
  const put = async (blob: Uint8Array) => {
    const stored = await storedModel(blob);
    await models.put(stored);
    return stored.metadata.version;
  };
  const first = await put(FIRST);
  await assert.rejects(recordedModels(run, [models], openFakeNetwork), {
    name: "ModelStoreError",
    message: /must be in Redis or in the archive: it is in neither/,
  });
  const second = await put(SECOND);
  using deciding = await recordedModels(run, [models], openFakeNetwork);
  assert.deepEqual(deciding.versions, [first, second]);
  const at = (day: number) => deciding.modelAt("X", day * DAY_MS)?.version;
  assert.deepEqual([at(8), at(9), at(3)], [first, second, undefined]);
});

Deno.test("RunParityCheck finds nothing where nothing differs but who decided, and how fast", async () => {
  const bars = await traded();
  const { run } = await recordedRun(bars);
  const check = new RunParityCheck(run.lanes);
  for (const bar of bars) check.see(bar);
  const parity = check.result();
  assert.deepEqual(parity, { decisions: 10, fills: 3, differing: 0, first: null });
  assert.match(describeParity(parity), /identical: 10 decisions, 3 fills/);
});

Deno.test("RunParityCheck names the first entry that differs, and counts what is missing", async () => {
  const bars = await traded();
  const [changed] = bars.splice(3, 1, { ...bars[3]!, decision: { ...bars[3]!.decision, target: 0.5 } });
  const { run } = await recordedRun(bars);
  const check = new RunParityCheck(run.lanes);
  for (const bar of [...bars.slice(0, 3), changed!, ...bars.slice(4, 9)]) check.see(bar);
  const parity = check.result();
  assert.equal(parity.differing, 2, "the changed decision, and the one that was not seen");
  assert.deepEqual(parity.first, {
    symbol: "X",
    barMs: changed!.decision.barMs,
    entry: "decision",
    what: `target: 0.5 in the run, ${changed!.decision.target} here`,
  });
  assert.match(describeParity(parity), /differ in 2 entries: first the decision of X at 1970-01-08/);
});

Deno.test("RunParityCheck finds a state that differs in its last bit", async () => {
  const bars = await traded();
  const { run } = await recordedRun(bars);
  const check = new RunParityCheck(run.lanes);
  const state = Float32Array.from(bars[0]!.decision.state, (value) => value * (1 + 2 ** -23));
  check.see({ ...bars[0]!, decision: { ...bars[0]!.decision, state } });
  assert.match(check.result().first!.what, /^state: \[/);
});
