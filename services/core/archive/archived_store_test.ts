import assert from "node:assert/strict";
import fc from "fast-check";
import { barStream, type PublishedBar } from "../contracts/bar.ts";
import { logStream } from "../contracts/system.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import type { OnBadEntry } from "../redis/store.ts";
import { barsAt, testStoreConformance } from "../redis/store_conformance_testing.ts";
import { silentLog } from "../runtime/log.ts";
import { systemClock, until } from "../runtime/clock.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { type Archive, FolderArchive } from "./archive.ts";
import { ArchivedStore } from "./archived_store.ts";
import { Archivist } from "./archivist.ts";

const BARS = barStream("SPX", "1d");
const idsOf = (entries: readonly { id: string }[]) => entries.map(({ id }) => id);

async function open(onBadEntry: OnBadEntry = () => assert.fail("no entry is bad")) {
  const folder = await Deno.makeTempDir({ prefix: "archive-" });
  const keyspace = new MemoryKeyspace();
  const inner = new MemoryStore({ keyspace, onBadEntry });
  const archive = new FolderArchive(folder);
  return {
    keyspace,
    inner,
    archive,
    store: new ArchivedStore({ store: inner, archive, onBadEntry, isDurable: false }),
    async [Symbol.asyncDispose]() {
      await inner[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function archivist(
  parts: { inner: MemoryStore; archive: Archive },
  { readThrough, budgetBytes = 0 }: { readThrough: string | null; budgetBytes?: number },
) {
  return new Archivist({
    store: parts.inner,
    archive: parts.archive,
    archivables: () => Promise.resolve([{ stream: BARS, readThrough }]),
    budgetBytes,
    everyMs: 1_000,
    clock: new ManualClock(),
    log: silentLog,
  });
}

const times = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

testStoreConformance("ArchivedStore over an empty archive", async (onBadEntry) => {
  const opened = await open(onBadEntry);
  return {
    store: opened.store,
    appendRaw: (key, id, fields) => Promise.resolve(void opened.keyspace.append(key, id, fields)),
    setRaw: (key, text) => Promise.resolve(opened.keyspace.setString(key, new TextEncoder().encode(text))),
    setRawField: (key, field, text) => Promise.resolve(void opened.keyspace.hash(key).set(field, text)),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
});

Deno.test("Archivist.sweep() keeps Redis within its budget, and every entry can still be read", async () => {
  await using opened = await open();
  const { inner, store, archive } = opened;
  await inner.appendAll(BARS, barsAt(...times(5_000)));
  const moved = archivist({ inner, archive }, { readThrough: "5000-0" });
  await moved.sweep();
  assert.equal(await inner.length(BARS), 500);
  assert.equal(moved.archived, 4_500);
  assert.equal(await store.length(BARS), 5_000);
  assert.deepEqual(idsOf(await store.range(BARS)), times(5_000).map((ms) => `${ms}-0`));
});

Deno.test("Archivist.sweep() moves nothing that a durable reader has not read", async () => {
  await using opened = await open();
  await opened.inner.appendAll(BARS, barsAt(...times(3_000)));
  await archivist(opened, { readThrough: null }).sweep();
  assert.equal(await opened.inner.length(BARS), 3_000);
  await archivist(opened, { readThrough: "1200-0" }).sweep();
  assert.equal(await opened.inner.length(BARS), 1_800);
});

Deno.test("Archivist.sweep() goes by what entries take now, also where the first ones took less", async () => {
  await using opened = await open();
  const { inner, archive } = opened;
  const lines = logStream();
  const add = async (from: number, count: number, letters: number) => {
    const line = {
      process: "core",
      level: "info",
      message: "",
      fields: "x".repeat(letters),
      atMs: 0,
    } as const;
    await inner.appendAll(lines, times(count).map((id) => [`${from + id}-0`, line] as const));
  };
  const budgetBytes = 2_500_000;
  const archivables = () => Promise.resolve([{ stream: lines, readThrough: "99999-0" }]);
  const clock = new ManualClock();
  const moving = new Archivist({
    ...{ store: inner, archive, archivables, budgetBytes, everyMs: 1_000, clock, log: silentLog },
  });
  await add(0, 1_100, 10);
  await moving.sweep();
  assert.equal(await inner.length(lines), 1_100);
  await add(1_100, 2_000, 2_000);
  await moving.sweep();
  const left = await inner.range(lines);
  const bytes = left.reduce((sum, { value }) => sum + value.fields.length, 0);
  assert.ok(bytes <= budgetBytes, `${left.length} entries of ${bytes} bytes are left`);
});

Deno.test("Archivist.sweep() cuts a long past into segments of bounded length", async () => {
  await using opened = await open();
  await opened.inner.appendAll(BARS, barsAt(...times(5_000)));
  await archivist(opened, { readThrough: "5000-0" }).sweep();
  const lengths: number[] = [];
  for (let from = 1; from <= 4_500;) {
    const entries = await opened.archive.range(BARS.key, { ms: from, sequence: 0 }, {
      ms: 9_999,
      sequence: 0,
    }, 1);
    lengths.push(entries.length);
    from += entries.length;
  }
  assert.deepEqual(lengths, [2_000, 2_000, 500]);
});

Deno.test("Archivist.added() waits while unread entries take more than their share, and says which", async () => {
  await using opened = await open();
  await opened.inner.appendAll(BARS, barsAt(...times(3_000)));
  const clock = new ManualClock();
  let readThrough: string | null = null;
  const moving = new Archivist({
    store: opened.inner,
    archive: opened.archive,
    archivables: () => Promise.resolve([{ stream: BARS, readThrough }]),
    budgetBytes: 16,
    everyMs: 1_000,
    clock,
    log: silentLog,
  });
  const full: (readonly string[])[] = [];
  let isOver = false;
  const adding = moving.added(1, (keys) => full.push(keys), new AbortController().signal).then(() =>
    isOver = true
  );
  const looked = (times: number) => () => full.length === times && clock.waiting === 1;
  await until(systemClock, "a wait", looked(1), { deadlineMs: 5_000, everyMs: 1 });
  readThrough = "1000-0";
  clock.advance(1_000);
  await until(systemClock, "another wait", looked(2), { deadlineMs: 5_000, everyMs: 1 });
  assert.equal(await opened.inner.length(BARS), 2_000, "what is read goes, and that is too little");
  readThrough = "2900-0";
  clock.advance(1_000);
  await adding;
  assert.ok(isOver);
  assert.deepEqual(full, [[BARS.key], [BARS.key]]);
  assert.deepEqual(moving.full, []);
});

Deno.test("Archivist.sweep() after a kill between archiving and trimming holds no entry twice", async () => {
  await using opened = await open();
  await opened.inner.appendAll(BARS, barsAt(...times(2_000)));
  const untrimmed = {
    inner: Object.assign(Object.create(opened.inner) as MemoryStore, {
      length: () => opened.inner.length(BARS),
      range: (...args: Parameters<MemoryStore["range"]>) => opened.inner.range(...args),
      newest: (...args: Parameters<MemoryStore["newest"]>) => opened.inner.newest(...args),
      trimBefore: () => Promise.reject(new Error("killed")),
    }),
    archive: opened.archive,
  };
  await assert.rejects(archivist(untrimmed, { readThrough: "2000-0" }).sweep(), /killed/);
  assert.equal(await opened.archive.lastId(BARS.key), "1500-0");
  assert.equal(await opened.inner.length(BARS), 2_000);
  assert.equal(await opened.store.length(BARS), 2_000);
  assert.deepEqual(idsOf(await opened.store.range(BARS)), times(2_000).map((ms) => `${ms}-0`));
  await archivist(opened, { readThrough: "2000-0" }).sweep();
  assert.deepEqual(idsOf(await opened.store.range(BARS)), times(2_000).map((ms) => `${ms}-0`));
});

Deno.test("ArchivedStore reads like a store that was never trimmed, whatever is archived when", async () => {
  await using plain = await open();
  await using opened = await open();
  const entries = barsAt(...times(1_700));
  await plain.inner.appendAll(BARS, entries);
  await opened.inner.appendAll(BARS, entries);
  await archivist(opened, { readThrough: "1100-0" }).sweep();
  const bound = fc.integer({ min: 0, max: 1_800 });
  await fc.assert(
    fc.asyncProperty(bound, bound, fc.integer({ min: 1, max: 1_900 }), async (from, to, count) => {
      for (const span of [{ after: `${from}-0` }, { from: `${from}-0` }, {}]) {
        const whole = { ...span, to: `${to}-0`, count };
        assert.deepEqual(
          idsOf(await opened.store.range(BARS, whole)),
          idsOf(await plain.inner.range(BARS, whole)),
        );
      }
      assert.deepEqual(
        idsOf(await opened.store.newest(BARS, count)),
        idsOf(await plain.inner.newest(BARS, count)),
      );
    }),
    { numRuns: 30 },
  );
});

Deno.test("ArchivedStore's reader goes from the archive on into Redis without a gap", async () => {
  for (const isDurable of [false, true]) await readThroughArchive(isDurable);
});

async function readThroughArchive(isDurable: boolean): Promise<void> {
  await using opened = await open();
  const { inner, archive } = opened;
  await inner.appendAll(BARS, barsAt(...times(1_700)));
  await archivist(opened, { readThrough: "1700-0" }).sweep();
  const store = new ArchivedStore({ store: inner, archive, onBadEntry: () => {}, isDurable });
  await using reader = store.openReader();
  let positions = new Map([[BARS, "0-0"]]);
  const seen: string[] = [];
  while (seen.length < 1_700) {
    const page = await reader.read(positions, { count: 300, blockMs: 0 });
    assert.ok(page.entries.length > 0, `nothing after ${positions.get(BARS)}`);
    seen.push(...idsOf(page.entries));
    positions = page.positions;
  }
  assert.deepEqual(seen, times(1_700).map((ms) => `${ms}-0`));
}

Deno.test("FolderArchive.append() refuses entries that do not follow the last one", async () => {
  await using opened = await open();
  const entry = (id: string) => ({ id, fields: new Map() });
  await opened.archive.append("k", [entry("5-0"), entry("6-0")]);
  await assert.rejects(
    opened.archive.append("k", [entry("6-0")]),
    /must follow 6-0, the last one: 6-0 does not/,
  );
});

Deno.test("ArchivedStore.range() passes over bad archived entries, tells of them, and still gives as many as are wanted", async () => {
  const bad: string[] = [];
  await using opened = await open(({ id }) => void bad.push(id));
  const good = fieldsOf(1);
  const entry = (ms: number, fields: Map<string, Uint8Array>) => ({ id: `${ms}-0`, fields });
  await opened.archive.append(BARS.key, [
    entry(1, good),
    entry(2, new Map()),
    entry(3, good),
    entry(4, good),
  ]);
  await opened.inner.appendAll(BARS, barsAt(5, 6));
  assert.deepEqual(idsOf(await opened.store.range(BARS, { count: 4 })), ["1-0", "3-0", "4-0", "5-0"]);
  assert.ok(bad.includes("2-0"));
});

/** As a bar lies in a stream. */
function fieldsOf(ms: number): Map<string, Uint8Array> {
  const [[, value]] = barsAt(ms) as [readonly [string, PublishedBar]];
  const fields = Object.entries(BARS.contract.encode(BARS.key, value));
  return new Map(fields.map(([name, text]) => [name, new TextEncoder().encode(text as string)]));
}
