/** A small finished run in memory, whose every figure is known. */
import { openAccount, toLaneAccount } from "../core/account/account.ts";
import { barStream } from "../core/contracts/bar.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import { type FeedStatus, feedStatus } from "../core/contracts/feed_status.ts";
import {
  type Decision,
  decisionStream,
  type Equity,
  equityStream,
  fillStream,
} from "../core/contracts/lane.ts";
import { learningStream } from "../core/contracts/learning.ts";
import { currentModel, modelEventStream } from "../core/contracts/model.ts";
import { quarantineStream } from "../core/contracts/system.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";

export const DAY_MS = 86_400_000;
export const FEED: FeedStatus = {
  runId: "00000000-0000-4000-8000-000000000001",
  feed: "synthetic:A",
  note: "made up",
  state: "live",
  symbols: ["A-1", "A-2"],
  timeframe: "1d",
  bootstrapBars: 2,
  liveBars: 3,
  plannedLiveBars: 3,
  firstLiveMs: 3 * DAY_MS,
  speed: "max",
  lockstep: true,
};
const FLAT = toLaneAccount(openAccount(1n));
const VERSIONS = ["m-0000000000000001", "m-0000000000000002", "m-0000000000000003"];

export const memoryStore = () => new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });

export function decisionAt(symbol: string, day: number, changes: Partial<Decision>): Decision {
  return {
    account: "paper",
    symbol,
    barMs: day * DAY_MS,
    action: "long",
    size: null,
    stop: null,
    take: null,
    isKeep: false,
    targetBefore: 0,
    target: 1,
    heads: {},
    costs: [],
    chosen: null,
    runnerUp: null,
    confidence: null,
    atr: null,
    verdict: { outcome: "ordered", reason: "sample" },
    order: null,
    laneAccount: FLAT,
    modelVersion: VERSIONS[0],
    strategy: "test",
    runner: "local",
    replica: "inference-1",
    latencyMs: 1,
    state: Float32Array.of(1),
    ...changes,
  };
}

export async function equityAt(
  store: MemoryStore,
  symbol: string,
  day: number,
  equity: Partial<Equity>,
): Promise<void> {
  await store.append(equityStream("paper", symbol), `${day * DAY_MS}-0`, {
    equity: 0,
    buyAndHold: 0,
    position: 0,
    close: 1,
    drawdown: 0,
    ...equity,
  });
}

/** Two bars of history and three live ones for each symbol; the last live bar of A-2 is not decided yet. */
export async function sampleRun(): Promise<MemoryStore> {
  const store = memoryStore();
  await store.set(feedStatus(), FEED);
  for (const symbol of FEED.symbols) {
    for (let day = 1; day <= 5; day++) {
      const bar = { openTimeMs: day * DAY_MS, open: 1, high: 1, low: 1, close: 1, volume: 1 };
      const phase = day <= 2 ? "bootstrap" : "live";
      await store.append(barStream(symbol, "1d"), `${day * DAY_MS}-0`, { phase, bar });
      if (day > 3) continue;
      await store.append(experienceStream("paper", symbol), `${day * DAY_MS}-0`, {
        symbol,
        barMs: day * DAY_MS,
        phase,
        close: 1,
        volume: 1,
        next: bar,
        exitOpen: 1,
        exitMs: (day + 2) * DAY_MS,
        decision: null,
        atr: null,
        nextAtr: null,
        features: Float32Array.of(1),
        nextFeatures: Float32Array.of(1),
      });
    }
  }
  const latencies = [5, 1, 2, 3, 4];
  const decided = [["A-1", 3], ["A-1", 4], ["A-1", 5], ["A-2", 3], ["A-2", 4]] as const;
  for (const [index, [symbol, day]] of decided.entries()) {
    await store.append(
      decisionStream("paper", symbol),
      `${day * DAY_MS}-0`,
      decisionAt(symbol, day, {
        latencyMs: latencies[index],
        replica: symbol === "A-1" ? "inference-1" : "inference-2",
        order: day === 3
          ? {
            decidedAtMs: day * DAY_MS,
            target: 1,
            stopDistance: null,
            takeDistance: null,
            isResize: false,
            isTrailing: false,
            limitPrice: null,
          }
          : null,
      }),
    );
    await equityAt(store, symbol, day, {
      equity: 100 * day,
      buyAndHold: 90 * day,
      position: symbol === "A-1" ? 1 : 0,
    });
  }
  for (const symbol of FEED.symbols) {
    await store.append(fillStream("paper", symbol), `${4 * DAY_MS}-0`, {
      account: "paper",
      symbol,
      barMs: 4 * DAY_MS,
      decidedAtMs: 3 * DAY_MS,
      side: "buy",
      quantity: "1",
      price: "1",
      fee: "0",
      reason: "order",
      liquidity: "taker",
    });
  }
  for (const [index, version] of [...VERSIONS, VERSIONS[0]].entries()) {
    await store.append(modelEventStream(), `${index + 1}-0`, {
      version,
      outcome: index === 1 ? "refused" : "adopted",
      adoptAfterMs: index,
      atMs: index,
      updates: index,
      gate: [],
    });
  }
  await store.set(currentModel(), { version: VERSIONS[2], adoptAfterMs: 0, sequence: 3 });
  for (const updates of [250, 600]) {
    await store.append(learningStream(), "*", {
      updates,
      skipped: 0,
      experiences: 6,
      liveExperiences: 2,
      loss: 1,
      meanAbsTd: 1,
      meanValue: 1,
      gradNorm: 1,
      updatesPerSecond: 1,
      epsilon: 0,
      replayed: 0,
      replayCapacity: 1_000,
    });
  }
  const bad = { process: "core", source: "a", entry: "1-0", reason: "no bar", content: "", atMs: 1 };
  await store.append(quarantineStream(), "*", bad);
  return store;
}
