import assert from "node:assert/strict";
import { type Heartbeat, heartbeats } from "../contracts/system.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { systemClock, until } from "./clock.ts";
import { silentLog } from "./log.ts";
import { forgetSilentProcesses } from "./silent_processes.ts";

const HOUR_MS = 3_600_000;

function beatOf(id: string, atMs: number): Heartbeat {
  return {
    process: "inference",
    id,
    pid: 1,
    startedMs: 0,
    atMs,
    activity: "deciding",
    memoryMb: 50,
    figures: {},
  };
}

Deno.test("forgetSilentProcesses() forgets who was silent for an hour, and nobody else, until its signal aborts", async () => {
  const clock = new ManualClock({ startMs: 10 * HOUR_MS });
  const store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: () => assert.fail("bad entry"),
  });
  const beat = (id: string, atMs: number) => store.setField(heartbeats(), id, beatOf(id, atMs));
  const known = async () => [...(await store.entries(heartbeats())).keys()].sort();
  await beat("inference-6d4f-gone", 9 * HOUR_MS - 1);
  await beat("inference-6d4f-late", 9 * HOUR_MS);
  await beat("inference-6d4f-here", 10 * HOUR_MS);
  const stop = new AbortController();
  const forgetting = forgetSilentProcesses({ store, clock, log: silentLog }, stop.signal);
  const looked = () =>
    until(systemClock, "a look", () => clock.waiting === 1, { everyMs: 1, deadlineMs: 5_000 });
  await looked();
  assert.deepEqual(await known(), ["inference-6d4f-here", "inference-6d4f-late"]);
  await beat("inference-6d4f-here", 11 * HOUR_MS);
  clock.advance(HOUR_MS);
  await looked();
  assert.deepEqual(await known(), ["inference-6d4f-here"]);
  stop.abort();
  await forgetting;
});

Deno.test("forgetSilentProcesses() looks again after a look that failed", async () => {
  const clock = new ManualClock({ jumps: true });
  const stop = new AbortController();
  const faults: string[] = [];
  const store = {
    entries: () => Promise.reject(new Error("Redis is loading")),
  } as unknown as MemoryStore;
  const log = {
    ...silentLog,
    warn: (_: object, message: string) => {
      if (faults.push(message) === 2) stop.abort();
    },
  };
  await forgetSilentProcesses({ store, clock, log }, stop.signal);
  assert.equal(faults.length, 2);
});
