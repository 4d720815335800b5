/** What the loss of a replica costs: 3 inference replicas lead 300 symbols at 50 bars a second, and every 10 s one of them is
 * killed and another starts, for 2 minutes: `deno run -A bench/failover.ts [--json]`. Fails if a decision is missing, doubled
 * or out of order, or if an orphaned symbol waits too long for its next one. */
import { join } from "node:path";
import { loadModelConfig } from "../services/core/config/model_config.ts";
import type { Bar } from "../services/core/contracts/bar.ts";
import { barStream } from "../services/core/contracts/bar.ts";
import { feedStatus } from "../services/core/contracts/feed_status.ts";
import { decisionStream, leaseKey } from "../services/core/contracts/lane.ts";
import { gateState } from "../services/core/contracts/model.ts";
import { openTrainerEngine } from "../services/core/model/engine.ts";
import { RedisModelStore } from "../services/core/model/redis_model_store.ts";
import { netSpec, schemaHash, schemaText } from "../services/core/model/schema_hash.ts";
import { connectRedis } from "../services/core/redis/connect.ts";
import { RedisStore } from "../services/core/redis/redis_store.ts";
import { systemClock, until } from "../services/core/runtime/clock.ts";
import { startRedisForTest } from "../services/core/testing/redis_server.ts";
import { storedModel } from "../services/core/testing/stored_model.ts";
import { modelNotes } from "../services/trainer/model_notes.ts";
import { addonPath, randomFloats, report, round } from "./measure.ts";

const ACCOUNT = "paper";
const REPLICAS = 3;
const BARS_PER_S = 50;
const SECONDS = 120;
const KILL_EVERY_MS = 10_000;
const MOST_WAIT_MS = 3_000;
const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2020, 0, 1);
const CATCH_UP_MS = 30_000;
const SYMBOLS = Array.from({ length: 300 }, (_, index) => `S-${String(index).padStart(3, "0")}`);
const ROOT = new URL("..", import.meta.url).pathname;

/** A bar that was published, and when; what became of it. */
interface Published {
  readonly barMs: number;
  readonly atMs: number;
  decidedAtMs: number | null;
}

await using resources = new AsyncDisposableStack();
const server = resources.use(await startRedisForTest());
const connection = resources.use(await connectRedis({ url: server.url, name: "bench", onEvent: () => {} }));
const store = resources.use(
  new RedisStore({ connection, onBadEntry: (bad) => Promise.reject(new Error(`${bad.key}: ${bad.reason}`)) }),
);
const config = await loadModelConfig(join(ROOT, "docs/model_config.yaml"));
const { timeframe, warmup_bars: historyBars } = config.data;
await publishModel();
const prices = SYMBOLS.map((_, index) => 100 + index);
await publishHistory();

const published = new Map<string, Published[]>(SYMBOLS.map((symbol) => [symbol, []]));
const replicas: { id: string; child: Deno.ChildProcess }[] = [];
resources.defer(async () => void await Promise.all(replicas.map(({ child }) => end(child))));
let started = 0;
for (let index = 0; index < REPLICAS; index++) startReplica();
await until(systemClock, "an even share of the symbols", isShared, { deadlineMs: 60_000 });

const watching = new AbortController();
const watched = watchDecisions(watching.signal);
const waitsMs: number[] = [];
const outages: { symbol: string; atMs: number }[] = [];
for (const index of SYMBOLS.keys()) await publishBar(index); // a system that runs: every lane has decided
await until(systemClock, "a first decision of every lane", () => undecided() === 0, { deadlineMs: 120_000 });
waitsMs.length = 0;
await Promise.all([publishLive(), killInTurn()]);
await until(systemClock, "the last decisions", () => undecided() === 0, { deadlineMs: CATCH_UP_MS }).catch(
  () => {},
);
watching.abort();
await watched;
tell();

/** A network with random weights, which decides as fast as a learned one. */
async function publishModel(): Promise<void> {
  const { Learner } = openTrainerEngine(addonPath("RLTRADER_ADDON_TRAINER"));
  const limits = { replay_capacity: 1, max_afterstates: 1, max_points: 1, max_candidates: 1 };
  const net = { net: netSpec(config), schema_hash: schemaHash(config), seed: 1, ...limits };
  const learner = new Learner(JSON.stringify(net));
  const rewardSigma = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, 0.01]));
  const notes = modelNotes(schemaText(config), { rewardSigma, confidence: null, epsilon: 0, days: {} });
  const models = new RedisModelStore(store);
  const model = await storedModel(learner.exportModel(notes), { schemaHash: schemaHash(config) });
  learner.close();
  await models.put(model);
  await models.setCurrent({ version: model.metadata.version, adoptAfterMs: 0, sequence: 1 });
  await store.set(gateState(), { judgedThroughMs: FIRST_MS, shadow: null });
}

async function publishHistory(): Promise<void> {
  for (const [index, symbol] of SYMBOLS.entries()) {
    const bars = Array.from({ length: historyBars }, (_, turn) => nextBar(index, turn));
    await store.appendAll(
      barStream(symbol, timeframe),
      bars.map((bar) => [`${bar.openTimeMs}-0`, { phase: "bootstrap" as const, bar }] as const),
    );
  }
  await store.set(feedStatus(), {
    ...{
      runId: crypto.randomUUID(),
      feed: "bench",
      note: "made up",
      state: "live",
      symbols: SYMBOLS,
      timeframe,
    },
    ...{
      bootstrapBars: historyBars,
      liveBars: 0,
      plannedLiveBars: 1,
      firstLiveMs: null,
      speed: "max",
      lockstep: false,
    },
  });
}

/** A random walk. */
function nextBar(index: number, turn: number): Bar {
  const open = prices[index]!;
  const [move] = randomFloats(index * 10_000 + turn, 1);
  const close = Math.round(open * (1 + 0.01 * move!) * 100) / 100;
  prices[index] = close;
  const [high, low] = [Math.max(open, close), Math.min(open, close)];
  return { openTimeMs: FIRST_MS + turn * DAY_MS, open, high, low, close, volume: 1_000 };
}

function startReplica(): void {
  const id = `inference-${++started}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "-A",
        `--config=${join(ROOT, "deno.json")}`,
        join(ROOT, "services/inference/main.ts"),
        `--id=${id}`,
      ],
      `--inference-addon=${addonPath("RLTRADER_ADDON_INFERENCE")}`,
    ],
    cwd: ROOT,
    env: { REDIS_URL: server.url, RLTRADER_LOG_LEVEL: "error" },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  replicas.push({ id, child });
}

async function end(child: Deno.ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await child.status;
}

/** Symbol → who leads it. */
async function leaders(): Promise<Map<string, string>> {
  const leases = await connection.client.hgetall(leaseKey(ACCOUNT));
  return new Map(Object.entries(leases).map(([symbol, lease]) => [symbol, lease.split("|")[0]!]));
}

async function isShared(): Promise<boolean> {
  const led = [...(await leaders()).values()].filter((id) => id !== "");
  return led.length === SYMBOLS.length && new Set(led).size === REPLICAS;
}

/** One bar each 20 ms, symbol after symbol. */
async function publishLive(): Promise<void> {
  const startMs = performance.now();
  for (let turn = 0; turn < SECONDS * BARS_PER_S; turn++) {
    await systemClock.wait(Math.max(0, startMs + turn * 1_000 / BARS_PER_S - performance.now()));
    await publishBar(turn % SYMBOLS.length);
  }
}

async function publishBar(index: number): Promise<void> {
  const symbol = SYMBOLS[index]!;
  const bar = nextBar(index, historyBars + published.get(symbol)!.length);
  published.get(symbol)!.push({ barMs: bar.openTimeMs, atMs: performance.now(), decidedAtMs: null });
  await store.append(barStream(symbol, timeframe), `${bar.openTimeMs}-0`, { phase: "live", bar });
}

/** The oldest replica is killed, and a new one starts at once, under another name, as a cluster does it. */
async function killInTurn(): Promise<void> {
  for (let turn = 1; turn * KILL_EVERY_MS < SECONDS * 1_000; turn++) {
    await systemClock.wait(KILL_EVERY_MS);
    const led = await leaders();
    const { id, child } = replicas.shift()!;
    await end(child);
    const atMs = performance.now();
    startReplica();
    for (const [symbol, leader] of led) if (leader === id) outages.push({ symbol, atMs });
  }
}

/** Notes when each decision can be read, and that they come once each and in order. */
async function watchDecisions(signal: AbortSignal): Promise<void> {
  await using reader = store.openReader();
  let positions = new Map(SYMBOLS.map((symbol) => [decisionStream(ACCOUNT, symbol), "0-0"]));
  while (!signal.aborted) {
    const page = await reader.read(positions, { count: 100, blockMs: 500, signal });
    positions = page.positions;
    for (const { value: { symbol, barMs } } of page.entries) {
      const bars = published.get(symbol)!;
      const bar = bars.find(({ decidedAtMs }) => decidedAtMs === null);
      if (bar?.barMs !== barMs) {
        throw new Error(`${symbol} must decide ${bar?.barMs} next: it decides ${barMs}`);
      }
      bar.decidedAtMs = performance.now();
      waitsMs.push(bar.decidedAtMs - bar.atMs);
    }
  }
}

function undecided(): number {
  return [...published.values()].flat().filter(({ decidedAtMs }) => decidedAtMs === null).length;
}

/** How long each orphaned symbol waited: from the kill, or from the next bar if it came later, to the next decision. */
function orphanedWaits(): number[] {
  return outages.flatMap(({ symbol, atMs }) => {
    const bar = published.get(symbol)!.find(({ decidedAtMs }) => decidedAtMs !== null && decidedAtMs > atMs);
    return bar === undefined ? [] : [bar.decidedAtMs! - Math.max(atMs, bar.atMs)];
  });
}

function tell(): void {
  const orphaned = orphanedWaits();
  const row = (name: string, values: readonly number[]) => ({
    ...{
      name,
      count: values.length,
      "p50 ms": round(quantile(values, 0.5)),
      "p99 ms": round(quantile(values, 0.99)),
    },
    "most ms": round(Math.max(...values)),
  });
  const missing = undecided();
  const waited = quantile(orphaned, 0.99);
  const failures = [
    missing === 0 ? "" : `Missed: every bar must be decided, ${missing} are not`,
    waited <= MOST_WAIT_MS
      ? ""
      : `Missed: an orphaned symbol must decide within ${MOST_WAIT_MS} ms at p99, it takes ${round(waited)}`,
  ].filter((failure) => failure !== "");
  const total = [...published.values()].flat().length;
  report(
    `${REPLICAS} replicas, ${SYMBOLS.length} symbols, ${BARS_PER_S} bars/s, one killed every ${
      KILL_EVERY_MS / 1_000
    } s: ` +
      `${total} bars, ${total - missing} decided once and in order`,
    [row("bar → decision", waitsMs), row("orphaned: next decision", orphaned)],
    failures,
  );
  if (failures.length > 0) Deno.exitCode = 1;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}
