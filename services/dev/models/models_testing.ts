/** A run with models, and files of models as the engine writes them. */
import { barStream } from "../../core/contracts/bar.ts";
import type { ModelMetadata } from "../../core/contracts/model.ts";
import { currentModel, modelEventStream } from "../../core/contracts/model.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { runTerms } from "../../core/contracts/run_terms.ts";
import { heartbeats } from "../../core/contracts/system.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { contentAddress, type StoredModel } from "../../core/model/model_store.ts";
import { hashOf } from "../../core/model/schema_hash.ts";
import { RedisModelStore } from "../../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../core/redis/memory_store.ts";
import { ManualClock } from "../../core/testing/manual_clock.ts";
import { DAY_MS, FEED } from "../run_samples_testing.ts";

export const NOW_MS = 50_000;

export const schemaWith = (features: readonly string[]) => JSON.stringify({ features });

/** A model of a network that these features are of; `name` makes its bytes its own. */
export async function modelFile(
  name: string,
  features: readonly string[],
  changes: Partial<ModelMetadata> = {},
  symbols: readonly string[] = FEED.symbols,
): Promise<StoredModel> {
  const schema = schemaWith(features);
  const rewardSigma = Object.fromEntries(symbols.map((symbol) => [symbol, 0.01]));
  const passport = JSON.stringify({ rewardSigma });
  const header = new TextEncoder().encode(
    JSON.stringify({ __metadata__: { schema, schema_hash: hashOf(schema), passport, name } }),
  );
  const blob = new Uint8Array(8 + header.length);
  new DataView(blob.buffer).setBigUint64(0, BigInt(header.length), true);
  blob.set(header, 8);
  return {
    blob,
    metadata: {
      ...await contentAddress(blob),
      bytes: blob.length,
      schemaHash: hashOf(schema),
      strategy: "test",
      parent: null,
      createdMs: 1,
      updates: 2,
      experiences: 3,
      liveExperiences: 4,
      learnedThroughMs: 5 * DAY_MS,
      metrics: { loss: 0.5 },
      provisional: false,
      gate: [{ step: "integrity", passed: true, reason: "fine", figures: {} }],
      ...changes,
    },
  };
}

/** `second` serves and has replaced `first`; `foreign` is of another network and in the folder alone. */
export async function runWithModels() {
  const path = await Deno.makeTempDir({ prefix: "rltrader-models-" });
  const store = new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
  const redis = new RedisModelStore(store);
  const folder = new FolderModelStore(path);
  const first = await modelFile("first", ["rsi", "gap"]);
  const parent = first.metadata.version;
  const second = await modelFile("second", ["rsi", "gap"], { parent, createdMs: 2, updates: 20 });
  const foreign = await modelFile("foreign", ["rsi", "atr"], { createdMs: 3 });
  for (const model of [first, second]) {
    await redis.put(model);
    await folder.put(model);
  }
  await folder.put(foreign);
  await store.set(feedStatus(), FEED);
  await store.set(runTerms(), { schema: schemaWith(["rsi", "gap"]), rules: "{}" });
  await store.set(currentModel(), { version: second.metadata.version, adoptAfterMs: 9, sequence: 2 });
  for (const [index, { metadata: { version, updates, gate } }] of [first, second].entries()) {
    const event = { version, outcome: "adopted" as const, adoptAfterMs: 9, atMs: 7, updates, gate };
    await store.append(modelEventStream(), `${index + 1}-${updates}`, event);
  }
  for (const symbol of FEED.symbols) {
    const bar = { openTimeMs: 5 * DAY_MS, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    await store.append(barStream(symbol, FEED.timeframe), `${5 * DAY_MS}-0`, { phase: "live", bar });
  }
  await store.setField(heartbeats(), "trainer", {
    process: "trainer",
    id: "trainer",
    pid: 1,
    startedMs: 1,
    atMs: NOW_MS - 1_000,
    activity: "learning",
    memoryMb: 1,
    figures: {},
  });
  return {
    store,
    folder,
    path,
    first,
    second,
    foreign,
    name: "the places",
    server: "host:1",
    clock: new ManualClock({ startMs: NOW_MS, jumps: true }),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
