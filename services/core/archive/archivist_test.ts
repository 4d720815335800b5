import assert from "node:assert/strict";
import { logStream } from "../contracts/system.ts";
import type { MemoryStore } from "../redis/memory_store.ts";
import { barsAt } from "../redis/store_conformance_testing.ts";
import { silentLog } from "../runtime/log.ts";
import { systemClock, until } from "../runtime/clock.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { archivist, BARS, idsOf, openArchived, times } from "./archive_testing.ts";
import { Archivist } from "./archivist.ts";

Deno.test("Archivist.sweep() keeps Redis within its budget, and every entry can still be read", async () => {
  await using opened = await openArchived();
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
  await using opened = await openArchived();
  await opened.inner.appendAll(BARS, barsAt(...times(3_000)));
  await archivist(opened, { readThrough: null }).sweep();
  assert.equal(await opened.inner.length(BARS), 3_000);
  await archivist(opened, { readThrough: "1200-0" }).sweep();
  assert.equal(await opened.inner.length(BARS), 1_800);
});

Deno.test("Archivist.sweep() goes by what entries take now, also where the first ones took less", async () => {
  await using opened = await openArchived();
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
  await using opened = await openArchived();
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
  await using opened = await openArchived();
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
  await using opened = await openArchived();
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
