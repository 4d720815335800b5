import assert from "node:assert/strict";
import { quarantineStream } from "../contracts/system.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import type { DirtRecord } from "./dirt_tally.ts";
import { quarantineDirt } from "./quarantine_dirt.ts";

const recordOf = (line: number): DirtRecord => ({
  rule: "jump",
  source: `x.csv:${line}`,
  entry: `X ${line}`,
  reason: "jump: column close must be near: it is far",
  content: `close ${line}`,
});

Deno.test("quarantineDirt() keeps every record with source, reason and content, each once", async () => {
  const store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: (bad) => assert.fail(bad.reason),
  });
  const clock = new ManualClock();
  const records = Array.from({ length: 250 }, (_, line) => recordOf(line));
  assert.equal((await quarantineDirt(records.slice(0, 120), { store, clock })).length, 120);
  // Core was killed, and starts again.
  assert.equal((await quarantineDirt(records, { store, clock })).length, 130);
  assert.equal((await quarantineDirt(records, { store, clock })).length, 0);
  const entries = await store.range(quarantineStream());
  assert.deepEqual(entries.map(({ value }) => value.source), records.map(({ source }) => source));
  assert.deepEqual(entries[7].value, {
    process: "core",
    source: "x.csv:7",
    entry: "X 7",
    reason: "jump: column close must be near: it is far",
    content: "close 7",
    atMs: clock.nowMs(),
  });
});
