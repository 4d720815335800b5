/** Puts what a feed set aside into the quarantine that people look into, each once, however often core starts. */
import { QUARANTINE_LENGTH, type Quarantined, quarantineStream } from "../contracts/system.ts";
import type { Store } from "../redis/store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { DirtRecord } from "./dirt_tally.ts";

/** So many appends are on their way at once. */
const AT_ONCE = 100;

/** @returns What was new. */
export async function quarantineDirt(
  records: readonly DirtRecord[],
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<readonly Quarantined[]> {
  if (records.length === 0) return [];
  const there = await store.range(quarantineStream(), { count: QUARANTINE_LENGTH });
  const known = new Set(there.map(({ value }) => identityOf(value)));
  const fresh = records.map((record): Quarantined => ({
    process: "core",
    source: record.source,
    entry: record.entry,
    reason: record.reason,
    content: record.content,
    atMs: clock.nowMs(),
  })).filter((entry) => !known.has(identityOf(entry)));
  for (let from = 0; from < fresh.length; from += AT_ONCE) {
    await Promise.all(
      fresh.slice(from, from + AT_ONCE).map((entry) =>
        store.append(quarantineStream(), "*", entry, { maxLength: QUARANTINE_LENGTH })
      ),
    );
  }
  return fresh;
}

function identityOf({ source, entry, reason }: Quarantined): string {
  return JSON.stringify([source, entry, reason]);
}
