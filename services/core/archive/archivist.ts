/** Moves old stream entries from Redis into the archive, so that Redis stays within its budget: archived first, trimmed
 * then. A kill in between leaves entries in both, and the next sweep trims them. What nobody may move yet, as it is not read,
 * holds up who adds more. */
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
  /** What Redis may hold in all. */
  readonly budgetBytes: number;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Entries in one segment: some milliseconds of work. More where many wait, as each is synced to the disk. */
const SEGMENT = 500;
const MOST_IN_SEGMENT = 2_000;
/** A page, a restart and a pairing want some at hand. */
const LEAST_KEPT = 500;
/** What Redis takes for an entry beside its fields, measured with streams of 300 to 1,000 bytes an entry. */
const OVERHEAD_BYTES = 64;
const SAMPLE = 20;
/** Share of the budget that these streams may take: the rest is for models, metrics and Redis itself. */
const SHARE_OF_STREAMS = 0.85;
/** Share of the budget that may be added before the next sweep. */
const SHARE_UNSWEPT = 0.05;
/** What a bar takes in Redis with its decision and its step, more or less. */
const BYTES_A_BAR = 3_000;

export class Archivist {
  readonly #parts: ArchivistParts;
  /** Mean bytes of an entry, by key, and how long the stream was then: entries grow, e.g. once a model decides. */
  readonly #measured = new Map<string, { readonly bytes: number; readonly length: number }>();
  /** Keys of the streams that nobody may shorten to their share yet. */
  readonly #full = new Set<string>();
  #archived = 0;
  #barsUnswept = 0;
  #lastFault: string | null = null;
  /** Sweeps follow one another: two at once would archive entries twice. */
  #sweeping: Promise<void> = Promise.resolve();

  constructor(parts: ArchivistParts) {
    this.#parts = parts;
  }

  /** Entries moved so far. */
  get archived(): number {
    return this.#archived;
  }

  /** Keys of the streams whose unread entries take more than their share. */
  get full(): readonly string[] {
    return [...this.#full];
  }

  /** Told of bars that were added: sweeps where they are many, and waits while a stream is full.
   * @param onFull Told for what it waits.  @throws The signal's reason, once it is aborted; what stands in the way of archiving. */
  async added(bars: number, onFull: (keys: readonly string[]) => void, signal: AbortSignal): Promise<void> {
    const { budgetBytes, everyMs, clock } = this.#parts;
    this.#barsUnswept += bars;
    if (this.#barsUnswept * BYTES_A_BAR > budgetBytes * SHARE_UNSWEPT) await this.sweep(signal);
    while (this.#full.size > 0) {
      onFull(this.full);
      await clock.wait(everyMs, signal);
      signal.throwIfAborted();
      await this.sweep(signal);
    }
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
    const sweep = this.#sweeping.then(() => this.#sweep(signal));
    this.#sweeping = sweep.catch(() => {});
    await sweep;
  }

  async #sweep(signal?: AbortSignal): Promise<void> {
    this.#barsUnswept = 0;
    const archivables = await this.#parts.archivables();
    const share = this.#parts.budgetBytes * SHARE_OF_STREAMS / Math.max(1, archivables.length);
    for (const { stream, readThrough } of archivables) {
      if (signal?.aborted) return;
      if (await this.#shorten(stream, readThrough, share, signal)) this.#full.delete(stream.key);
      else this.#full.add(stream.key);
    }
  }

  /** Returns whether the stream is within its share now. */
  async #shorten(stream: Stream<unknown>, readThrough: string | null, share: number, signal?: AbortSignal) {
    const { store, archive } = this.#parts;
    let length = await store.length(stream);
    if (length <= LEAST_KEPT + SEGMENT) return true;
    const last = await archive.lastId(stream.key);
    if (last !== null) length -= await store.trimBefore(stream, idAfter(last)); // left by a kill
    const keep = Math.max(LEAST_KEPT, Math.floor(share / await this.#bytesOf(stream, length)));
    while (length - keep >= SEGMENT && !signal?.aborted) {
      if (readThrough === null) return false;
      const count = Math.min(MOST_IN_SEGMENT, length - keep);
      const entries = await store.range(stream, { to: readThrough, count });
      if (entries.length < SEGMENT) return false; // the rest is not read yet
      await archive.append(stream.key, entries.map(rawEntry));
      length -= await store.trimBefore(stream, idAfter(entries.at(-1)!.id));
      this.#archived += entries.length;
    }
    return true;
  }

  /** Measured anew where the stream has changed by a segment since. */
  async #bytesOf(stream: Stream<unknown>, length: number): Promise<number> {
    const known = this.#measured.get(stream.key);
    if (known !== undefined && Math.abs(length - known.length) < SEGMENT) return known.bytes;
    const sample = (await this.#parts.store.newest(stream, SAMPLE)).map(rawEntry);
    const bytes = sample.reduce((sum, entry) => sum + OVERHEAD_BYTES + sizeOf(entry), 0) / sample.length;
    this.#measured.set(stream.key, { bytes, length });
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
