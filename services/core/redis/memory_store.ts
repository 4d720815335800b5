/** The store without a server: the same semantics on a {@link MemoryKeyspace}, held to them by the conformance suite. */
import type { Document, DocumentMap, Stream } from "../contracts/define.ts";
import { RedisClosedError } from "./connection_errors.ts";
import { decodeEntry, decodeFields } from "./decode_entry.ts";
import { checkAscending, checkNewEntryId, parseEntryId } from "./entry_id.ts";
import type { MemoryKeyspace } from "./memory_keyspace.ts";
import {
  checkCount,
  checkDistinct,
  checkRead,
  type Entry,
  type OnBadEntry,
  type Page,
  rangeStart,
  type ReadOptions,
  type Span,
  type Store,
  type StreamReader,
} from "./store.ts";

interface MemoryOptions {
  readonly keyspace: MemoryKeyspace;
  readonly onBadEntry: OnBadEntry;
}

export class MemoryStore implements Store {
  readonly #keyspace: MemoryKeyspace;
  readonly #onBadEntry: OnBadEntry;
  readonly #readers = new Set<StreamReader>();

  constructor(options: MemoryOptions) {
    this.#keyspace = options.keyspace;
    this.#onBadEntry = options.onBadEntry;
  }

  // deno-lint-ignore require-await -- async, so that every fault is a rejection, as with a server
  async append<T>(
    stream: Stream<T>,
    id: string,
    value: T,
    limit?: { readonly maxLength: number },
  ): Promise<"appended" | "duplicate"> {
    if (id !== "*") checkNewEntryId(stream.key, id);
    const maxLength = limit === undefined ? Infinity : checkCount("maxLength", limit.maxLength);
    const appended = this.#keyspace.append(stream.key, id, stream.contract.encode(stream.key, value));
    if (appended === null) return "duplicate";
    const entries = this.#keyspace.find(stream.key, "stream")?.entries ?? [];
    if (entries.length > maxLength) entries.splice(0, entries.length - maxLength);
    return "appended";
  }

  async appendAll<T>(
    stream: Stream<T>,
    entries: readonly (readonly [id: string, value: T])[],
  ): Promise<number> {
    checkAscending(stream.key, entries.map(([id]) => id));
    let appended = 0;
    for (const [id, value] of entries) {
      if (await this.append(stream, id, value) === "appended") appended++;
    }
    return appended;
  }

  async appendToEach<T>(
    entries: readonly (readonly [stream: Stream<T>, id: string, value: T])[],
  ): Promise<number> {
    checkDistinct(entries.map(([stream]) => stream));
    let appended = 0;
    for (const [stream, id, value] of entries) {
      if (await this.append(stream, id, value) === "appended") appended++;
    }
    return appended;
  }

  // deno-lint-ignore require-await -- see append
  async range<T>(stream: Stream<T>, span: Span = {}): Promise<Entry<T>[]> {
    const wanted = span.count === undefined ? Infinity : checkCount("count", span.count);
    const start = rangeStart(span);
    const to = span.to === undefined ? null : parseEntryId(span.to);
    const stored = this.#keyspace.find(stream.key, "stream");
    if (stored === undefined) return [];
    const first = start === "-"
      ? 0
      : start.startsWith("(")
      ? this.#keyspace.indexAfter(stored, parseEntryId(start.slice(1)))
      : this.#keyspace.indexOf(stored, parseEntryId(start));
    const last = to === null ? stored.entries.length : this.#keyspace.indexAfter(stored, to);
    const entries: Entry<T>[] = [];
    for (let index = first; index < last && entries.length < wanted; index++) {
      const entry = decodeEntry(stream, stored.entries[index]!, this.#onBadEntry);
      if (entry !== null) entries.push(entry);
    }
    return entries;
  }

  // deno-lint-ignore require-await -- see append
  async newest<T>(stream: Stream<T>, count: number): Promise<Entry<T>[]> {
    checkCount("count", count);
    const stored = this.#keyspace.find(stream.key, "stream")?.entries ?? [];
    const entries: Entry<T>[] = [];
    for (let index = stored.length - 1; index >= 0 && entries.length < count; index--) {
      const entry = decodeEntry(stream, stored[index]!, this.#onBadEntry);
      if (entry !== null) entries.push(entry);
    }
    return entries.reverse();
  }

  // deno-lint-ignore require-await -- see append
  async length(stream: Stream<unknown>): Promise<number> {
    return this.#keyspace.find(stream.key, "stream")?.entries.length ?? 0;
  }

  // deno-lint-ignore require-await -- see append
  async trimBefore(stream: Stream<unknown>, id: string): Promise<number> {
    const at = parseEntryId(id);
    const stored = this.#keyspace.find(stream.key, "stream");
    return stored === undefined ? 0 : stored.entries.splice(0, this.#keyspace.indexOf(stored, at)).length;
  }

  openReader(): StreamReader {
    const reader: StreamReader = new MemoryStreamReader({
      keyspace: this.#keyspace,
      onBadEntry: this.#onBadEntry,
      onClose: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  async get<T>(document: Document<T>): Promise<T | null> {
    const bytes = await this.getBytes(document.key);
    return bytes === null ? null : document.contract.decode(document.key, new TextDecoder().decode(bytes));
  }

  async set<T>(document: Document<T>, value: T): Promise<void> {
    const text = document.contract.encode(document.key, value);
    await this.setBytes(document.key, new TextEncoder().encode(text));
  }

  // deno-lint-ignore require-await -- see append
  async getField<T>(map: DocumentMap<T>, field: string): Promise<T | null> {
    const text = this.#keyspace.find(map.key, "hash")?.fields.get(field);
    return text === undefined ? null : map.contract.decode(map.key, text);
  }

  // deno-lint-ignore require-await -- see append
  async setField<T>(map: DocumentMap<T>, field: string, value: T): Promise<void> {
    this.#keyspace.hash(map.key).set(field, map.contract.encode(map.key, value));
  }

  // deno-lint-ignore require-await -- see append
  async deleteField(map: DocumentMap<unknown>, field: string): Promise<boolean> {
    return this.#keyspace.find(map.key, "hash")?.fields.delete(field) ?? false;
  }

  // deno-lint-ignore require-await -- see append
  async entries<T>(map: DocumentMap<T>): Promise<Map<string, T>> {
    return decodeFields(map, this.#keyspace.find(map.key, "hash")?.fields ?? [], this.#onBadEntry);
  }

  // deno-lint-ignore require-await -- see append
  async getBytes(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const value = this.#keyspace.find(key, "string");
    return value === undefined ? null : new Uint8Array(value.bytes);
  }

  // deno-lint-ignore require-await -- see append
  async setBytes(key: string, bytes: Uint8Array): Promise<void> {
    this.#keyspace.setString(key, bytes);
  }

  // deno-lint-ignore require-await -- see append
  async delete(...keys: string[]): Promise<number> {
    return keys.filter((key) => this.#keyspace.delete(key)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader[Symbol.asyncDispose]()));
  }
}

/** Waits for an append of any of its streams. */
class MemoryStreamReader implements StreamReader {
  readonly #options: MemoryOptions & { readonly onClose: () => void };
  readonly #closed = new AbortController();
  #isReading = false;

  constructor(options: MemoryOptions & { readonly onClose: () => void }) {
    this.#options = options;
  }

  async read<T>(positions: ReadonlyMap<Stream<T>, string>, options: ReadOptions): Promise<Page<T>> {
    checkRead(positions, options, this.#isReading, this.#closed.signal.aborted);
    if (options.signal?.aborted) return { entries: [], positions: new Map(positions) };
    this.#isReading = true;
    try {
      const page = this.#readNow(positions, options.count);
      if (page !== null) return page;
      const ended = await this.#nextAppend(new Set([...positions.keys()].map(({ key }) => key)), options);
      this.#closed.signal.throwIfAborted();
      return (ended ? null : this.#readNow(positions, options.count)) ??
        { entries: [], positions: new Map(positions) };
    } finally {
      this.#isReading = false;
    }
  }

  // deno-lint-ignore require-await -- the interface is asynchronous
  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.onClose();
    this.#closed.abort(new RedisClosedError("Cannot read as the connection must be open: it was closed"));
  }

  /** Null if there is nothing to read, good or bad. */
  #readNow<T>(positions: ReadonlyMap<Stream<T>, string>, count: number): Page<T> | null {
    const { keyspace, onBadEntry } = this.#options;
    const entries: Entry<T>[] = [];
    const reached = new Map(positions);
    let found = 0;
    for (const [stream, position] of positions) {
      const stored = keyspace.find(stream.key, "stream");
      if (stored === undefined) continue;
      const first = keyspace.indexAfter(stored, parseEntryId(position));
      for (const raw of stored.entries.slice(first, first + count)) {
        found++;
        reached.set(stream, raw.id);
        const entry = decodeEntry(stream, raw, onBadEntry);
        if (entry !== null) entries.push(entry);
      }
    }
    return found === 0 ? null : { entries, positions: reached };
  }

  /** Resolves to true if the wait was ended, by the signal or by closing. */
  async #nextAppend(keys: ReadonlySet<string>, { blockMs, signal }: ReadOptions): Promise<boolean> {
    if (blockMs === 0) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    using _watch = this.#options.keyspace.watch((key) => keys.has(key) && resolve(false));
    const timer = setTimeout(() => resolve(false), blockMs);
    const onAbort = () => resolve(true);
    signal?.addEventListener("abort", onAbort);
    this.#closed.signal.addEventListener("abort", onAbort);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#closed.signal.removeEventListener("abort", onAbort);
    }
  }
}
