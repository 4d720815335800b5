import assert from "node:assert/strict";
import fc from "fast-check";
import type { PublishedBar } from "../contracts/bar.ts";
import { barsAt, testStoreConformance } from "../redis/store_conformance_testing.ts";
import { archivist, BARS, idsOf, openArchived, times } from "./archive_testing.ts";
import { ArchivedStore } from "./archived_store.ts";

testStoreConformance("ArchivedStore over an empty archive", async (onBadEntry) => {
  const opened = await openArchived(onBadEntry);
  return {
    store: opened.store,
    appendRaw: (key, id, fields) => Promise.resolve(void opened.keyspace.append(key, id, fields)),
    setRaw: (key, text) => Promise.resolve(opened.keyspace.setString(key, new TextEncoder().encode(text))),
    setRawField: (key, field, text) => Promise.resolve(void opened.keyspace.hash(key).set(field, text)),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
});

Deno.test("ArchivedStore reads like a store that was never trimmed, whatever is archived when", async () => {
  await using plain = await openArchived();
  await using opened = await openArchived();
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
  await using opened = await openArchived();
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

Deno.test("ArchivedStore.range() passes over bad archived entries, tells of them, and still gives as many as are wanted", async () => {
  const bad: string[] = [];
  await using opened = await openArchived(({ id }) => void bad.push(id));
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
