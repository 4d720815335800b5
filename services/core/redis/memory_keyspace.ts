/** What a server would hold, in this process: the data behind the in-memory store and ledger. For tests.
 * Keeps everything in its wire format, so that what comes out went through encode and decode. */
import type { WireFields } from "../contracts/define.ts";
import type { RawEntry } from "./decode_entry.ts";
import { compareEntryIds, type EntryId, formatEntryId, parseEntryId } from "./entry_id.ts";

interface StoredEntry extends RawEntry {
  readonly at: EntryId;
}

/** Entries in order of their ids; `last` outlives the entries. */
export interface StoredStream {
  readonly kind: "stream";
  readonly entries: StoredEntry[];
  last: EntryId;
}
interface Values {
  stream: StoredStream;
  string: { readonly kind: "string"; bytes: Uint8Array<ArrayBuffer> };
  hash: { readonly kind: "hash"; readonly fields: Map<string, string> };
  zset: { readonly kind: "zset"; readonly scores: Map<string, number> };
}
export type Kind = keyof Values;

/** Raised where a server would answer WRONGTYPE. */
export class WrongKindError extends Error {
  override readonly name = "WrongKindError";
}

export class MemoryKeyspace {
  readonly #values = new Map<string, Values[Kind]>();
  readonly #watchers = new Set<(key: string) => void>();
  readonly nowMs: () => number;

  constructor(options: { readonly nowMs?: () => number } = {}) {
    this.nowMs = options.nowMs ?? Date.now;
  }

  kindOf(key: string): Kind | "none" {
    return this.#live(key)?.kind ?? "none";
  }

  /** The value under a key. @throws {WrongKindError} If it is of another kind. */
  find<K extends Kind>(key: string, kind: K): Values[K] | undefined {
    const value = this.#live(key);
    if (value !== undefined && value.kind !== kind) {
      throw new WrongKindError(`Cannot use ${key} as it must be a ${kind}: it is a ${value.kind}`);
    }
    return value as Values[K] | undefined;
  }

  setString(key: string, bytes: Uint8Array): void {
    this.#values.set(key, { kind: "string", bytes: new Uint8Array(bytes) });
  }

  /** The hash under a key, made if it is missing. */
  hash(key: string): Map<string, string> {
    const value = this.find(key, "hash") ?? { kind: "hash", fields: new Map() };
    this.#values.set(key, value);
    return value.fields;
  }

  /** The sorted set under a key, made if it is missing. */
  sortedSet(key: string): Map<string, number> {
    const value = this.find(key, "zset") ?? { kind: "zset", scores: new Map() };
    this.#values.set(key, value);
    return value.scores;
  }

  delete(key: string): boolean {
    return this.#values.delete(key);
  }

  /** Appends an entry; null if the stream holds this id or a later one. @param id `*` takes the next id of this moment. */
  append(key: string, id: string, fields: WireFields): string | null {
    const stream = this.find(key, "stream") ?? { kind: "stream", entries: [], last: { ms: 0, sequence: 0 } };
    const at = id === "*" ? this.#nextId(stream.last) : parseEntryId(id);
    if (compareEntryIds(at, stream.last) <= 0) return null;
    const text = new TextEncoder();
    stream.entries.push({
      at,
      id: formatEntryId(at),
      fields: new Map(
        Object.entries(fields).map(([name, value]) => [
          name,
          typeof value === "string" ? text.encode(value) : new Uint8Array(value),
        ]),
      ),
    });
    stream.last = at;
    this.#values.set(key, stream);
    for (const watcher of this.#watchers) watcher(key);
    return formatEntryId(at);
  }

  /** The index of the first entry that is not before `id`. */
  indexOf(stream: StoredStream, id: EntryId): number {
    let low = 0;
    let high = stream.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareEntryIds(stream.entries[middle]!.at, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The index of the first entry behind `id`. */
  indexAfter(stream: StoredStream, id: EntryId): number {
    return this.indexOf(stream, { ms: id.ms, sequence: id.sequence + 1 });
  }

  /** Calls back on every append until it is disposed. */
  watch(onAppend: (key: string) => void): Disposable {
    this.#watchers.add(onAppend);
    return { [Symbol.dispose]: () => void this.#watchers.delete(onAppend) };
  }

  /** A hash or sorted set without members does not exist; a stream without entries does. */
  #live(key: string): Values[Kind] | undefined {
    const value = this.#values.get(key);
    const isEmpty = value?.kind === "hash" && value.fields.size === 0 ||
      value?.kind === "zset" && value.scores.size === 0;
    return isEmpty ? undefined : value;
  }

  #nextId(last: EntryId): EntryId {
    const ms = Math.floor(this.nowMs());
    return ms > last.ms ? { ms, sequence: 0 } : { ms: last.ms, sequence: last.sequence + 1 };
  }
}
