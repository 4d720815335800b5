/** Moves old stream entries from Redis into the archive, so that Redis stays within its budget: archived first, trimmed
 * then. A kill in between leaves entries in both, and the next sweep trims them. */
import type { Stream, WireFields } from "../contracts/define.ts";
import { compareEntryIds, parseEntryId } from "../redis/entry_id.ts";
import type { RawEntry } from "../redis/decode_entry.ts";
import type { Entry, Store } from "../redis/store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Archive } from "./archive.ts";

/** A stream that may be shortened. */
export interface Archivable {
  readonly stream: Stream<unknown>;
  /** The last entry that every durable reader has read; null while somebody needs all of them. */
  readonly readThrough: string | null;
}

export interface ArchivistParts {
  readonly store: Store;
  readonly archive: Archive;
  /** Asked before each sweep. */
  readonly archivables: () => Promise<readonly Archivable[]>;
  /** What all of these streams together may take in Redis. */
  readonly budgetBytes: number;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Entries in one segment: some milliseconds of work. */
const SEGMENT = 500;
/** A page, a restart and a pairing want some at hand. */
const LEAST_KEPT = 500;
/** What Redis takes for an entry beside its fields, measured with streams of 300 to 1,000 bytes an entry. */
const OVERHEAD_BYTES = 64;
const SAMPLE = 20;

export class Archivist {
  readonly #parts: ArchivistParts;
  /** Mean bytes of an entry, by key. */
  readonly #entryBytes = new Map<string, number>();
  #archived = 0;
  #lastFault: string | null = null;

  constructor(parts: ArchivistParts) {
    this.#parts = parts;
  }

  /** Entries moved so far. */
  get archived(): number {
    return this.#archived;
  }

  /** Sweeps until the signal aborts. Never rejects: what cannot be moved now is moved later. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, log } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.sweep(signal);
      } catch (cause) {
        const { message } = cause as Error;
        if (!signal.aborted && message !== this.#lastFault) log.error({ err: cause }, "cannot archive");
        this.#lastFault = message; // the same fault again is not logged
      }
      await clock.wait(everyMs, signal);
    }
  }

  /** Brings every stream within its share of the budget, as far as it was read. */
  async sweep(signal?: AbortSignal): Promise<void> {
    const archivables = await this.#parts.archivables();
    const share = this.#parts.budgetBytes / Math.max(1, archivables.length);
    for (const { stream, readThrough } of archivables) {
      if (signal?.aborted) return;
      if (readThrough !== null) await this.#shorten(stream, readThrough, share, signal);
    }
  }

  async #shorten(stream: Stream<unknown>, readThrough: string, share: number, signal?: AbortSignal) {
    const { store, archive } = this.#parts;
    let length = await store.length(stream);
    if (length <= LEAST_KEPT + SEGMENT) return;
    const last = await archive.lastId(stream.key);
    if (last !== null) length -= await store.trimBefore(stream, idAfter(last)); // left by a kill
    const keep = Math.max(LEAST_KEPT, Math.floor(share / await this.#bytesOf(stream)));
    while (length - keep >= SEGMENT && !signal?.aborted) {
      const entries = await store.range(stream, { to: readThrough, count: SEGMENT });
      if (entries.length < SEGMENT) return; // the rest is not read yet
      await archive.append(stream.key, entries.map(rawEntry));
      length -= await store.trimBefore(stream, idAfter(entries.at(-1)!.id));
      this.#archived += entries.length;
    }
  }

  async #bytesOf(stream: Stream<unknown>): Promise<number> {
    const known = this.#entryBytes.get(stream.key);
    if (known !== undefined) return known;
    const sample = (await this.#parts.store.newest(stream, SAMPLE)).map(rawEntry);
    const bytes = sample.reduce((sum, entry) => sum + OVERHEAD_BYTES + sizeOf(entry), 0) / sample.length;
    this.#entryBytes.set(stream.key, bytes);
    return bytes;
  }
}

/** The lesser of two ids; null if one is. */
export function earlierId(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return null;
  return compareEntryIds(parseEntryId(a), parseEntryId(b)) <= 0 ? a : b;
}

/** An entry as it lies in Redis: the same value gives the same bytes. */
function rawEntry({ stream, id, value }: Entry): RawEntry {
  const fields: WireFields = stream.contract.encode(stream.key, value);
  const encoder = new TextEncoder();
  return {
    id,
    fields: new Map(
      Object.entries(fields).map(([name, field]) => [
        name,
        typeof field === "string" ? encoder.encode(field) : field,
      ]),
    ),
  };
}

function sizeOf({ id, fields }: RawEntry): number {
  let size = id.length;
  for (const [name, value] of fields) size += name.length + value.length;
  return size;
}

function idAfter(id: string): string {
  const { ms, sequence } = parseEntryId(id);
  return `${ms}-${sequence + 1}`;
}
