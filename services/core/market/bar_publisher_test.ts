import assert from "node:assert/strict";
import { type Bar, barStream } from "../contracts/bar.ts";
import { missingBarsStream } from "../contracts/missing_bars.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import type { Store } from "../redis/store.ts";
import { silentLog } from "../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { BarPublisher } from "./bar_publisher.ts";

const MINUTE = 60_000;
const bar = (index: number): Bar => ({
  openTimeMs: index * MINUTE,
  open: 5,
  high: 6,
  low: 4,
  close: 5,
  volume: 1,
});
const hole = (from: number, until: number) => ({
  fromMs: from * MINUTE,
  untilMs: until * MINUTE,
  bars: until - from,
  reason: "none came",
});

/** A publisher, and its writes in their order: `A 1 2`, `hole A 3`, or `each A 1, B 1`. */
function world() {
  const memory = new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
  const writes: string[] = [];
  const symbolOf = (key: string) => key.split(":")[2];
  const index = (id: string) => parseInt(id) / MINUTE;
  const store: Store = Object.assign(Object.create(memory), {
    append: (...args: Parameters<Store["append"]>) => {
      writes.push(`hole ${symbolOf(args[0].key)} ${index(args[1])}`);
      return memory.append(...args);
    },
    appendAll: (...args: Parameters<Store["appendAll"]>) => {
      writes.push(`${symbolOf(args[0].key)} ${args[1].map(([id]) => index(id)).join(" ")}`);
      return memory.appendAll(...args);
    },
    appendToEach: (...args: Parameters<Store["appendToEach"]>) => {
      writes.push(`each ${args[0].map(([{ key }, id]) => `${symbolOf(key)} ${index(id)}`).join(", ")}`);
      return memory.appendToEach(...args);
    },
  });
  const publisher = new BarPublisher({
    timeframe: "1m",
    store,
    clock: new ManualClock({ startMs: 7 }),
    log: silentLog,
  });
  return { memory, writes, publisher };
}

Deno.test("BarPublisher puts the single bars of many symbols in at once, and series one after the other", async () => {
  const { memory, writes, publisher } = world();
  const bars = new Map([["A", [bar(1)]], ["B", [bar(1), bar(2)]], ["C", [bar(2)]]]);
  await publisher.publish("live", { bars, holes: new Map() });
  assert.deepEqual(writes, ["each A 1, C 2", "B 1 2"]);
  const [, second] = await memory.range(barStream("B", "1m"));
  assert.deepEqual([second.id, second.value], [`${2 * MINUTE}-0`, { phase: "live", bar: bar(2) }]);
});

Deno.test("BarPublisher records each hole between the bars before and after it", async () => {
  const { memory, writes, publisher } = world();
  const holes = new Map([["A", [hole(3, 5), hole(6, 7)]], ["B", [hole(1, 2)]]]);
  const bars = new Map([["A", [1, 2, 5, 7].map(bar)], ["B", [bar(2)]]]);
  await publisher.publish("bootstrap", { bars, holes });
  assert.deepEqual(writes, ["A 1 2", "hole A 3", "A 5", "hole A 6", "A 7", "hole B 1", "B 2"]);
  const [first] = await memory.range(missingBarsStream("A", "1m"));
  assert.deepEqual(first.value, { ...hole(3, 5), atMs: 7 });
});

Deno.test("BarPublisher records a hole whose bar was put aside, and bars that fill one after it", async () => {
  const { writes, publisher } = world();
  const holes = new Map([["A", [hole(1, 2)]], ["B", [hole(1, 2)]]]);
  await publisher.publish("live", { bars: new Map([["A", []], ["B", [bar(1), bar(2)]]]), holes });
  assert.deepEqual(writes, ["hole A 1", "hole B 1", "B 1 2"]);
});
