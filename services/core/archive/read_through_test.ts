import { deepEqual, equal } from "node:assert/strict";
import { attributionStream } from "../contracts/attribution.ts";
import { barStream } from "../contracts/bar.ts";
import { STREAM_SAMPLES } from "../contracts/contract_samples_testing.ts";
import { decisionStream, equityStream, fillStream } from "../contracts/lane.ts";
import { learnedThrough, rewardStream, ticketStream } from "../contracts/learning.ts";
import { experienceStream } from "../contracts/experience.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import { barsAt } from "../redis/store_conformance_testing.ts";
import { archivablesOf } from "./read_through.ts";

const RUN = { account: "paper", symbols: ["SPX", "BTC/USDT"], timeframe: "1d", frozen: false };
/** The last entry that there is. */
const ALL = `${Number.MAX_SAFE_INTEGER}-0`;

const TICKET = { kind: "bootstrap", barMs: 1, steps: {} } as const;

const opened = () => new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });

async function readThrough(store: MemoryStore, run = RUN): Promise<Record<string, string | null>> {
  const archivables = await archivablesOf(store, run);
  return Object.fromEntries(archivables.map(({ stream, readThrough }) => [stream.key, readThrough]));
}

Deno.test("archivablesOf() holds every stream that core may shorten, and no other but the ones that it writes", async () => {
  const keys = Object.keys(await readThrough(opened()));
  const grows = STREAM_SAMPLES.filter(({ stream }) => stream.contract.access.trim?.includes("core") === true);
  const expected = [
    ...grows.map(({ stream }) => stream.contract.name),
    ...[barStream("SPX", "1d"), experienceStream("paper", "SPX")].map(({ contract }) => contract.name),
  ];
  const archivables = await archivablesOf(opened(), { ...RUN, symbols: ["SPX"] });
  deepEqual(archivables.map(({ stream }) => stream.contract.name).sort(), expected.sort());
  equal(new Set(keys).size, RUN.symbols.length * expected.length, "each symbol has its own");
});

Deno.test("archivablesOf() keeps what is not committed, paired or learned, and lets go the reasons that were read by nobody", async () => {
  const store = opened();
  await store.append(ticketStream(), "1-0", TICKET);
  const before = await readThrough(store);
  for (
    const stream of [decisionStream("paper", "SPX"), equityStream("paper", "SPX"), fillStream("paper", "SPX")]
  ) {
    equal(before[stream.key], null, `${stream.key} before the first commit`);
  }
  equal(before[experienceStream("paper", "SPX").key], null);
  equal(before[attributionStream("paper", "SPX").key], ALL);
  await store.set(learnedThrough("paper"), { SPX: "7-0" });
  const after = await readThrough(store);
  equal(after[experienceStream("paper", "SPX").key], "7-0");
  equal(after[rewardStream("paper", "SPX").key], "7-0");
  equal(after[rewardStream("paper", "BTC/USDT").key], null, "that symbol has learned nothing");
  const frozen = await readThrough(store, { ...RUN, frozen: true });
  equal(frozen[experienceStream("paper", "SPX").key], ALL, "nobody learns");
});

Deno.test("archivablesOf() lets history go until somebody follows it", async () => {
  const store = opened();
  await store.appendAll(barStream("SPX", "1d"), barsAt(1, 2, 3));
  equal((await readThrough(store))[barStream("SPX", "1d").key], ALL);
  await store.append(ticketStream(), "1-0", TICKET);
  equal((await readThrough(store))[barStream("SPX", "1d").key], null, "no snapshot yet");
});
