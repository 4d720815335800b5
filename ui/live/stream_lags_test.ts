import { deepEqual } from "node:assert/strict";
import { experienceStream } from "../../services/core/contracts/experience.ts";
import { STREAM_SAMPLES } from "../../services/core/contracts/contract_samples_testing.ts";
import type { Stream } from "../../services/core/contracts/define.ts";
import { barStream } from "../../services/core/contracts/bar.ts";
import { decisionStream, laneRecord } from "../../services/core/contracts/lane.ts";
import { rewardStream } from "../../services/core/contracts/learning.ts";
import { laneAt } from "../../services/core/redis/ledger_samples_testing.ts";
import { MemoryKeyspace } from "../../services/core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../services/core/redis/memory_store.ts";
import { MOST_COUNTED, streamLags } from "./stream_lags.ts";

const LANE = { account: "paper", symbol: "SPX", timeframe: "1d" };

/** Puts the contract's sample under each id. */
async function fill<T>(store: MemoryStore, stream: Stream<T>, ids: readonly number[], changes: object = {}) {
  const sample = STREAM_SAMPLES.find((of) => of.stream.contract === stream.contract as unknown)!.value;
  for (const id of ids) await store.append(stream, `${id}-0`, { ...sample, ...changes } as T);
}
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index);

Deno.test("streamLags() counts what lies between the newest entry and the last that its reader has dealt with", async () => {
  await using store = new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
  const lags = async () =>
    (await streamLags(store, LANE)).map(({ name, newest, done, entries }) => [name, newest, done, entries]);
  deepEqual((await lags()).map(([name, , , entries]) => [name, entries]), [
    ["bars", 0],
    ["decisions", 0],
    ["experience", 0],
    ["explanations", 0],
    ["requests", 0],
  ]);
  await fill(store, barStream("SPX", "1d"), upTo(10), { phase: "bootstrap" });
  await fill(store, barStream("SPX", "1d"), upTo(20, 11), { phase: "live" });
  deepEqual((await lags())[0], ["bars", "20-0", null, 10], "history waits for nobody");
  await store.set(laneRecord("paper", "SPX"), laneAt({ barMs: 17, version: 7, fence: 1 }));
  await fill(store, decisionStream("paper", "SPX"), upTo(17, 11));
  await fill(store, experienceStream("paper", "SPX"), upTo(15, 11));
  await fill(store, rewardStream("paper", "SPX"), upTo(14, 11));
  deepEqual((await lags()).slice(0, 3), [
    ["bars", "20-0", "17-0", 3],
    ["decisions", "17-0", "15-0", 2],
    ["experience", "15-0", "14-0", 1],
  ]);
  await fill(store, barStream("SPX", "1d"), upTo(900, 21));
  deepEqual((await lags())[0], ["bars", "900-0", "17-0", MOST_COUNTED]);
});
