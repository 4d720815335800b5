import { deepEqual, equal } from "node:assert/strict";
import { type LogLine, logStream } from "../../services/core/contracts/system.ts";
import { MemoryKeyspace } from "../../services/core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../services/core/redis/memory_store.ts";
import { StreamTail } from "./stream_tail.ts";

const memoryStore = () => new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
const line = (message: string): LogLine => ({
  process: "core",
  level: "info",
  message,
  fields: "{}",
  atMs: 1,
});

async function write(store: MemoryStore, from: number, to: number): Promise<void> {
  for (let id = from; id <= to; id++) await store.append(logStream(), `${id}-0`, line(String(id)));
}
const idsOf = (tail: StreamTail<LogLine>) => tail.entries.map(({ id }) => Number(id.split("-")[0]));

Deno.test("StreamTail holds the last entries, and says whether any came", async () => {
  await using store = memoryStore();
  const tail = new StreamTail(logStream(), 3);
  equal(await tail.poll(store), false);
  await write(store, 1, 5);
  equal(await tail.poll(store), true);
  deepEqual(idsOf(tail), [3, 4, 5]);
  equal(await tail.poll(store), false);
  await write(store, 6, 7);
  equal(await tail.poll(store), true);
  deepEqual(idsOf(tail), [5, 6, 7]);
});

Deno.test("StreamTail follows more than a page at once", async () => {
  await using store = memoryStore();
  const tail = new StreamTail(logStream(), 5_000);
  await write(store, 1, 1);
  await tail.poll(store);
  await write(store, 2, 2_300);
  await tail.poll(store);
  equal(tail.entries.length, 2_300);
  equal(idsOf(tail).at(-1), 2_300);
});

Deno.test("StreamTail begins anew where its stream did, and is empty where it is gone", async () => {
  await using store = memoryStore();
  const tail = new StreamTail(logStream(), 10);
  await write(store, 10, 12);
  await tail.poll(store);
  await store.delete(logStream().key);
  equal(await tail.poll(store), true);
  deepEqual(idsOf(tail), []);
  await write(store, 1, 2);
  await tail.poll(store);
  deepEqual(idsOf(tail), [1, 2]);
  await store.delete(logStream().key);
  await write(store, 1, 1);
  await tail.poll(store);
  deepEqual(idsOf(tail), [1]);
});
