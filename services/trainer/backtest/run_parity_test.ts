import assert from "node:assert/strict";
import { storedModel } from "../../core/testing/stored_model.ts";
import { barStream } from "../../core/contracts/bar.ts";
import { type Control, controlDocument } from "../../core/contracts/control.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { decisionStream, equityStream, fillStream } from "../../core/contracts/lane.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { STRATEGY } from "../../core/lane/lane_testing.ts";
import { LaneTrader, type TradedBar } from "../../core/lane/lane_trader.ts";
import { loadModel } from "../../core/lane/loaded_model.ts";
import { LocalRunner } from "../../core/lane/model_runner.ts";
import { NOTHING_OUTSIDE } from "../../core/lane/risk_desk.ts";
import { contentAddress } from "../../core/model/model_store.ts";
import { RedisModelStore } from "../../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../core/redis/memory_store.ts";
import { fakeModel, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { runBacktest } from "./backtest.ts";
import { DAY_MS, feedFrom } from "./backtest_testing.ts";
import { foldModels, recordedModels } from "./deciding_models.ts";
import { readRun, type RecordedRun } from "./recorded_run.ts";
import { RunInputs } from "./run_inputs.ts";
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

const PARTS = {
  feed: FEED,
  span: SPAN,
  strategy: STRATEGY,
  account: "paper",
  confidenceAt: () => 0.5,
  makeStateBuilder: () => new StateBuilder(FEATURES),
  seed: 1,
  signal: new AbortController().signal,
};

/** Decides the bars by two versions, one after the other, or by others. @param served The day that each begins on, and its bytes. */
async function traded(
  served: [day: number, blob: Uint8Array][] = [[4, FIRST], [9, SECOND]],
): Promise<TradedBar[]> {
  const bars: TradedBar[] = [];
  const models = await Promise.all(served.map(async ([day, blob]) => ({
    version: (await contentAddress(blob)).version,
    blob,
    fromMs: day * DAY_MS,
  })));
  const deciding = foldModels(models, openFakeNetwork);
  await runBacktest({ ...PARTS, models: deciding, onBar: (bar) => bars.push(bar) });
  return bars;
}

/** Decides a run again, as `--replay-models` does. */
async function replayed(store: MemoryStore, run: RecordedRun, blobs = [FIRST, SECOND]) {
  const models = new RedisModelStore(store);
  for (const blob of blobs) await models.put(await storedModel(blob));
  using deciding = await recordedModels(run, [models], openFakeNetwork);
  const check = new RunParityCheck(run.lanes);
  const { refusals } = await runBacktest({
    ...PARTS,
    feed: run.feed,
    span: run.span,
    models: deciding,
    run: new RunInputs(run),
    onBar: (bar) => check.see(bar),
  });
  return { parity: check.result(), refusals, versions: deciding.versions };
}

/** Commits bars as inference would. @param control The account's, at the end. */
async function recordedRun(
  bars: readonly TradedBar[],
  control: Control | null = null,
): Promise<{ store: MemoryStore; run: RecordedRun }> {
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
  if (control !== null) await store.set(controlDocument("paper"), control);
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

Deno.test("a replay is identical where models were served that answered nothing, and tells why on how many bars", async () => {
  const foreign = fakeModel([[0], [100], [0]], { Y: 0.01 });
  const bars = await traded([[5, FIRST], [7, foreign], [9, SECOND]]);
  const silent = bars.filter(({ decision }) => decision.modelVersion === null);
  const [held] = silent.slice(1);
  assert.deepEqual(silent.map(({ decision }) => decision.barMs / DAY_MS), [4, 7, 8]);
  assert.ok(
    Number(held!.decision.laneAccount.quantity) > 0,
    "a position is held when the foreign model takes over",
  );
  const { store, run } = await recordedRun(bars);
  const { parity, refusals, versions } = await replayed(store, run);
  assert.deepEqual([parity.first, parity.differing], [null, 0]);
  assert.deepEqual([...refusals], [
    ["no model has passed the gate yet", 1],
    [`model ${(await contentAddress(foreign)).version} was not trained on X`, 2],
  ]);
  assert.equal(versions.length, 2, "what answered nothing need not be there any more");
});

Deno.test("a replay is identical where nobody answered in time", async () => {
  const bars = await traded();
  const late = { outcome: "refused" as const, reason: "no answer from the trainer within 2000 ms" };
  const at = bars.findIndex(({ decision }) => decision.verdict.outcome === "kept" && decision.target === 1);
  const { heads, targetBefore } = bars[at]!.decision;
  const decision = {
    ...bars[at]!.decision,
    ...{ action: null, isKeep: false, target: targetBefore, costs: [], chosen: null, runnerUp: null },
    ...{ confidence: null, verdict: late, modelVersion: null },
    heads: Object.fromEntries(Object.entries(heads).map(([name, each]) => [name, each.map(() => null)])),
  };
  bars[at] = { ...bars[at]!, decision };
  const { store, run } = await recordedRun(bars);
  const { parity, refusals } = await replayed(store, run);
  assert.deepEqual([parity.first, parity.differing], [null, 0]);
  assert.deepEqual([...refusals], [[late.reason, 1]]);
});

Deno.test("a replay is identical where a person has halted, flattened and resumed, and where bars were old", async () => {
  const [{ version }, model] = [await contentAddress(FIRST), FIRST];
  const loaded = loadModel(version, model, openFakeNetwork);
  const runner = new LocalRunner();
  const trader = new LaneTrader({ ...PARTS, symbol: "X", runner, replica: "inference-1" });
  const builder = new StateBuilder(FEATURES);
  const control = (revision: number, changes: Partial<Control> = {}): Control => ({
    ...{ revision, state: "trading", flatten: false, reason: "get me out", by: "command line", atMs: 90_000 },
    ...{ barMs: null, resumes: 0 },
    ...changes,
  });
  const controls: [day: number, control: Control][] = [
    [6, control(1, { state: "halted" })],
    [7, control(2, { resumes: 1 })],
    [8, control(3, { state: "halted", flatten: true, resumes: 1 })],
    [12, control(4, { resumes: 2 })],
  ];
  const bars: TradedBar[] = [];
  for (const bar of FEED.bars("X")) {
    const seen = { bar, state: builder.push(bar), atr: builder.atr };
    if (bar.openTimeMs < SPAN.fromMs) continue;
    const now = controls.findLast(([day]) => day * DAY_MS <= bar.openTimeMs)?.[1] ?? null;
    const outside = { ...NOTHING_OUTSIDE, control: now, dataAgeMs: 7 };
    bars.push(await trader.trade(bars.at(-1)?.lane ?? null, seen, loaded, outside));
  }
  const reasons = bars.map(({ decision }) => decision.verdict.reason).join("\n");
  assert.match(reasons, /^trading is halted since 1970-01-01 00:01 UTC: get me out$/m);
  assert.match(reasons, /^closes what is held: trading is halted/m);
  for (const last of [controls.at(-1)![1], null]) {
    const { store, run } = await recordedRun(bars, last);
    const { parity } = await replayed(store, run);
    assert.deepEqual([parity.first, parity.differing], [null, 0]);
  }
});

Deno.test("readRun() refuses a run that traded at a venue", async () => {
  const bars = await traded();
  const decision = { ...bars[0]!.decision, outside: { venue: { applied: 0, held: null } } };
  await assert.rejects(recordedRun([{ ...bars[0]!, decision }, ...bars.slice(1)]), {
    name: "RangeError",
    message: /must have traded on paper: account paper traded at a venue/,
  });
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
