/** An archive and a store that reads through it, in memory and in a folder that goes with them. */
import assert from "node:assert/strict";
import { barStream } from "../contracts/bar.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import type { OnBadEntry } from "../redis/store.ts";
import { silentLog } from "../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { type Archive, FolderArchive } from "./archive.ts";
import { ArchivedStore } from "./archived_store.ts";
import { Archivist } from "./archivist.ts";

export const BARS = barStream("SPX", "1d");
export const idsOf = (entries: readonly { id: string }[]) => entries.map(({ id }) => id);
/** 1 to `count`. */
export const times = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** A store over an archive in a folder of its own, and what both are made of. */
export async function openArchived(onBadEntry: OnBadEntry = () => assert.fail("no entry is bad")) {
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

/** Of the bars alone. @param readThrough The last entry that may go; null for none. */
export function archivist(
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
