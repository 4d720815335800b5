import assert from "node:assert/strict";
import { LOG_LENGTH, logStream } from "../contracts/system.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import type { Store } from "../redis/store.ts";
import { createLog } from "./log.ts";
import { LogShipper } from "./log_shipper.ts";

const memoryStore = () =>
  new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => assert.fail("bad entry") });

/** A log whose lines go into a shipper. */
function logInto(shipper: LogShipper) {
  return createLog("core", "debug", (line) => shipper.take(line));
}
const messagesIn = async (store: Store) => (await store.range(logStream())).map(({ value }) => value.message);

Deno.test("LogShipper keeps lines until there is a store, and sends them in their order", async () => {
  await using store = memoryStore();
  const shipper = new LogShipper();
  const log = logInto(shipper);
  log.info({}, "a");
  log.debug({}, "not kept");
  log.error({ err: new Error("gone") }, "b");
  await shipper.flushed();
  shipper.sendTo(store);
  log.warn({}, "c");
  await shipper.flushed();
  assert.deepEqual(await messagesIn(store), ["a", "b", "c"]);
  assert.equal(shipper.dropped, 0);
});

Deno.test("LogShipper drops the oldest of too many lines, and counts them", async () => {
  await using store = memoryStore();
  const shipper = new LogShipper();
  const log = logInto(shipper);
  for (let line = 0; line < 503; line++) log.info({}, `line ${line}`);
  assert.equal(shipper.dropped, 3);
  shipper.sendTo(store);
  await shipper.flushed();
  const messages = await messagesIn(store);
  assert.deepEqual([messages.length, messages[0]], [500, "line 3"]);
});

Deno.test("LogShipper cuts long fields, bounds the stream, and outlives a store that refuses", async () => {
  await using memory = memoryStore();
  const limits: unknown[] = [];
  const store = new Proxy(memory, {
    get: (target, name) => {
      if (name !== "append") return Reflect.get(target, name);
      return (...args: Parameters<MemoryStore["append"]>) => {
        limits.push(args[3]);
        return limits.length === 1 ? Promise.reject(new Error("no memory")) : target.append(...args);
      };
    },
  });
  const shipper = new LogShipper();
  shipper.sendTo(store);
  const log = logInto(shipper);
  log.info({}, "refused");
  log.info({ text: "x".repeat(5_000) }, "long");
  await shipper.flushed();
  const [entry] = await memory.range(logStream());
  assert.equal(entry.value.message, "long");
  assert.equal(entry.value.fields.length, 2_000);
  assert.equal(shipper.dropped, 1);
  assert.deepEqual(limits, [{ maxLength: LOG_LENGTH }, { maxLength: LOG_LENGTH }]);
});
