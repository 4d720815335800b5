/** A store whose streams reach back into the archive: a reader need not know where Redis ends and the files begin.
 *
 * An entry is archived before it is trimmed, so what neither holds was never there. Nothing is written to the archive here. */
import type { Document, DocumentMap, Stream } from "../contracts/define.ts";
import { RedisClosedError } from "../redis/connection_errors.ts";
import { decodeEntry } from "../redis/decode_entry.ts";
import {
  BEFORE_FIRST,
  compareEntryIds,
  type EntryId,
  formatEntryId,
  parseEntryId,
} from "../redis/entry_id.ts";
import {
  checkCount,
  checkRead,
  type Entry,
  type OnBadEntry,
  type Page,
  rangeStart,
  type ReadOptions,
  type Span,
  type Store,
  type StreamReader,
} from "../redis/store.ts";
import { type Archive, RunArchive } from "./archive.ts";

/** After every entry. */
const END: EntryId = { ms: Number.MAX_SAFE_INTEGER, sequence: Number.MAX_SAFE_INTEGER };

export interface ArchivedStoreParts {
  readonly store: Store;
  readonly archive: Archive;
  readonly onBadEntry: OnBadEntry;
  /** Nothing is archived that its readers have not read: once a reader has left the archive, it need not look there again. */
  readonly isDurable: boolean;
}

/** The store itself where there is no archive. @param root Folder of all runs' archives.  @param runId See {@link RunArchive}. */
export function readingArchive(
  store: Store,
  root: string | undefined,
  runId: () => string | null | Promise<string | null>,
  options: Pick<ArchivedStoreParts, "onBadEntry" | "isDurable">,
): Store {
  if (root === undefined) return store;
  return new ArchivedStore({ store, archive: new RunArchive(root, runId), ...options });
}

export class ArchivedStore implements Store {
  readonly #parts: ArchivedStoreParts;
  readonly #store: Store;

  constructor(parts: ArchivedStoreParts) {
    this.#parts = parts;
    this.#store = parts.store;
  }

  async range<T>(stream: Stream<T>, span: Span = {}): Promise<Entry<T>[]> {
    const wanted = span.count === undefined ? Infinity : checkCount("count", span.count);
    const to = span.to === undefined ? END : parseEntryId(span.to);
    let from = firstOf(span);
    const entries: Entry<T>[] = [];
    for (;;) {
      const last = await this.#parts.archive.lastId(stream.key);
      if (last !== null && compareEntryIds(parseEntryId(last), from) >= 0) {
        const missing = wanted - entries.length;
        const raw = (await this.#parts.archive.range(stream.key, from, to, missing)).slice(0, missing);
        entries.push(...this.#decoded(stream, raw));
        if (entries.length === wanted) return entries;
        from = after(parseEntryId(raw.length < missing ? last : raw.at(-1)!.id));
        if (raw.length === missing) continue; // bad entries were among them
      }
      if (compareEntryIds(from, to) > 0) return entries;
      const rest = await this.#store.range(stream, {
        from: formatEntryId(from),
        ...(span.to === undefined ? {} : { to: span.to }),
        ...(wanted === Infinity ? {} : { count: wanted - entries.length }),
      });
      // What was archived meanwhile may have been trimmed before it was read here.
      if (await this.#parts.archive.lastId(stream.key) === last) return [...entries, ...rest];
    }
  }

  async newest<T>(stream: Stream<T>, count: number): Promise<Entry<T>[]> {
    const { archive } = this.#parts;
    for (;;) {
      const last = await archive.lastId(stream.key);
      const recent = await this.#store.newest(stream, count);
      if (recent.length >= count || last === null) return recent;
      const [oldest] = recent;
      const old = this.#decoded(stream, await archive.newest(stream.key, count))
        .filter(({ id }) => oldest === undefined || isBefore(id, oldest.id));
      if (await archive.lastId(stream.key) === last) return [...old, ...recent].slice(-count);
    }
  }

  openReader(): StreamReader {
    return new ArchivedReader(this.#store.openReader(), this.#parts);
  }

  append<T>(stream: Stream<T>, id: string, value: T, limit?: { readonly maxLength: number }) {
    return this.#store.append(stream, id, value, limit);
  }

  appendAll<T>(stream: Stream<T>, entries: readonly (readonly [id: string, value: T])[]): Promise<number> {
    return this.#store.appendAll(stream, entries);
  }

  appendToEach<T>(
    entries: readonly (readonly [stream: Stream<T>, id: string, value: T])[],
  ): Promise<number> {
    return this.#store.appendToEach(entries);
  }

  async length(stream: Stream<unknown>): Promise<number> {
    const { archive } = this.#parts;
    for (;;) {
      const last = await archive.lastId(stream.key);
      if (last === null) return await this.#store.length(stream);
      const archived = await archive.count(stream.key);
      const untrimmed = await this.#store.range(stream, { to: last });
      const length = await this.#store.length(stream);
      if (await archive.lastId(stream.key) === last) return archived + length - untrimmed.length;
    }
  }

  trimBefore(stream: Stream<unknown>, id: string): Promise<number> {
    return this.#store.trimBefore(stream, id);
  }

  get<T>(document: Document<T>): Promise<T | null> {
    return this.#store.get(document);
  }

  set<T>(document: Document<T>, value: T): Promise<void> {
    return this.#store.set(document, value);
  }

  getField<T>(map: DocumentMap<T>, field: string): Promise<T | null> {
    return this.#store.getField(map, field);
  }

  setField<T>(map: DocumentMap<T>, field: string, value: T): Promise<void> {
    return this.#store.setField(map, field, value);
  }

  deleteField(map: DocumentMap<unknown>, field: string): Promise<boolean> {
    return this.#store.deleteField(map, field);
  }

  entries<T>(map: DocumentMap<T>): Promise<Map<string, T>> {
    return this.#store.entries(map);
  }

  getBytes(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#store.getBytes(key);
  }

  setBytes(key: string, bytes: Uint8Array): Promise<void> {
    return this.#store.setBytes(key, bytes);
  }

  delete(...keys: string[]): Promise<number> {
    return this.#store.delete(...keys);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]();
  }

  #decoded<T>(stream: Stream<T>, raw: Awaited<ReturnType<Archive["range"]>>): Entry<T>[] {
    return raw.map((entry) => decodeEntry(stream, entry, this.#parts.onBadEntry)).filter((entry) =>
      entry !== null
    );
  }
}

/** Reads what is archived first, then what Redis holds. */
class ArchivedReader implements StreamReader {
  readonly #reader: StreamReader;
  readonly #parts: ArchivedStoreParts;
  /** Keys of the streams that this reader has left the archive of. */
  readonly #caughtUp = new Set<string>();
  #isReading = false;
  #isClosed = false;

  constructor(reader: StreamReader, parts: ArchivedStoreParts) {
    this.#reader = reader;
    this.#parts = parts;
  }

  async read<T>(positions: ReadonlyMap<Stream<T>, string>, options: ReadOptions): Promise<Page<T>> {
    checkRead(positions, options, this.#isReading, this.#isClosed);
    this.#isReading = true;
    try {
      const old = await this.#readArchive(positions, options.count);
      if (old !== null) return old;
      if (this.#isClosed) {
        throw new RedisClosedError("Cannot read as the connection must be open: it was closed");
      }
      const page = await this.#reader.read(positions, options);
      // A stream that was trimmed while we waited is read again: what was skipped lies in the archive now.
      const skipped = await this.#readArchive(positions, options.count);
      return skipped ?? page;
    } finally {
      this.#isReading = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#reader[Symbol.asyncDispose]();
  }

  /** Null if no stream has archived entries after its position. */
  async #readArchive<T>(positions: ReadonlyMap<Stream<T>, string>, count: number): Promise<Page<T> | null> {
    const { archive, onBadEntry, isDurable } = this.#parts;
    const reached = new Map(positions);
    const entries: Entry<T>[] = [];
    let found = false;
    for (const [stream, position] of positions) {
      if (this.#caughtUp.has(stream.key)) continue;
      const last = await archive.lastId(stream.key);
      if (last === null || !isBefore(position, last)) {
        if (isDurable) this.#caughtUp.add(stream.key);
        continue;
      }
      found = true;
      const raw = (await archive.range(stream.key, after(parseEntryId(position)), END, count)).slice(
        0,
        count,
      );
      for (const entry of raw) {
        reached.set(stream, entry.id);
        const decoded = decodeEntry(stream, entry, onBadEntry);
        if (decoded !== null) entries.push(decoded);
      }
    }
    return found ? { entries, positions: reached } : null;
  }
}

function firstOf(span: Span): EntryId {
  const start = rangeStart(span);
  if (start === "-") return parseEntryId(BEFORE_FIRST);
  return start.startsWith("(") ? after(parseEntryId(start.slice(1))) : parseEntryId(start);
}

function after({ ms, sequence }: EntryId): EntryId {
  return sequence < Number.MAX_SAFE_INTEGER ? { ms, sequence: sequence + 1 } : { ms: ms + 1, sequence: 0 };
}

function isBefore(a: string, b: string): boolean {
  return compareEntryIds(parseEntryId(a), parseEntryId(b)) < 0;
}
