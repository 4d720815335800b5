/** What every process keeps in and reads from Redis, in terms of contracts: streams, documents, maps and bytes.
 *
 * Entries that break their contract never reach a caller and never throw: they go to the store's `onBadEntry`, and reading
 * goes on behind them. Documents that break theirs do throw {@link ContractError}, as nothing can stand in for them.
 * While the server is away, calls wait for it; they end when the store is closed. */
import type { Document, DocumentMap, Stream } from "../contracts/define.ts";
import { parseEntryId } from "./entry_id.ts";

export interface Entry<T = unknown> {
  readonly stream: Stream<T>;
  /** `<ms>-<n>` */
  readonly id: string;
  readonly value: T;
}

/** An entry that broke its contract, for the quarantine. */
export interface BadEntry {
  readonly key: string;
  /** The entry's id, or the field of a map. */
  readonly id: string;
  readonly reason: string;
  /** The first 2,000 characters. */
  readonly content: string;
}

/** Told of an entry on each read that meets it; it must not throw. */
export type OnBadEntry = (bad: BadEntry) => void;

/** `from` and `to` are inclusive, `after` is exclusive; `from` and `after` exclude each other. */
export interface Span {
  readonly after?: string;
  readonly from?: string;
  readonly to?: string;
  readonly count?: number;
}

/** What one read brought, and the positions to read from next: past the bad entries too. */
export interface Page<T = unknown> {
  /** In the order of their stream. */
  readonly entries: Entry<T>[];
  /** One for each stream that was asked for, under the same objects. */
  readonly positions: Map<Stream<T>, string>;
}

export interface ReadOptions {
  /** At most so many entries of each stream. */
  readonly count: number;
  /** How long to wait for the first entry; 0 does not wait. At most {@link MAX_BLOCK_MS}. */
  readonly blockMs: number;
  /** Ends the wait: the page is empty, and its positions are those that were given. */
  readonly signal?: AbortSignal;
}

export const MAX_BLOCK_MS = 30_000;

/** Reads many streams at once, waiting for what comes. One read at a time; owns a connection. */
export interface StreamReader extends AsyncDisposable {
  /** Reads what lies after each position (`0-0` is the start); empty after `blockMs`. */
  read<T>(positions: ReadonlyMap<Stream<T>, string>, options: ReadOptions): Promise<Page<T>>;
}

export interface Store extends AsyncDisposable {
  /** Appends one entry; `duplicate` = the stream already holds this id or a later one.
   * With the id `*` the server chooses it, and a lost connection may append the entry twice.
   * @param limit Drops the oldest entries above `maxLength`. */
  append<T>(
    stream: Stream<T>,
    id: string,
    value: T,
    limit?: { readonly maxLength: number },
  ): Promise<"appended" | "duplicate">;
  /** Appends in chunks, each of which is appended whole or not at all, so that a fault leaves no hole. Duplicates are
   * skipped. Returns how many were appended by this call, as far as the server could tell us.
   * @throws {RangeError} If the ids do not ascend.
   * @throws {Error} If the server was restarted meanwhile and lost entries that it had acknowledged. */
  appendAll<T>(stream: Stream<T>, entries: readonly (readonly [id: string, value: T])[]): Promise<number>;
  /** Appends one entry to each of many streams in one round trip, each for itself. Duplicates are skipped. Returns how many
   * were appended by this call, as far as the server could tell us.
   * @throws {RangeError} If a stream is named twice.
   * @throws {Error} If the server takes one of them not; others may be appended then. */
  appendToEach<T>(entries: readonly (readonly [stream: Stream<T>, id: string, value: T])[]): Promise<number>;
  /** Reads entries oldest first; fewer than `count` means that the span holds no more. */
  range<T>(stream: Stream<T>, span?: Span): Promise<Entry<T>[]>;
  /** Reads the last `count` entries, oldest first. */
  newest<T>(stream: Stream<T>, count: number): Promise<Entry<T>[]>;
  length(stream: Stream<unknown>): Promise<number>;
  /** Drops the entries before `id` and returns how many. The stream still refuses their ids. */
  trimBefore(stream: Stream<unknown>, id: string): Promise<number>;
  openReader(): StreamReader;

  /** @throws {ContractError} If what is stored breaks the contract. */
  get<T>(document: Document<T>): Promise<T | null>;
  set<T>(document: Document<T>, value: T): Promise<void>;
  /** @throws {ContractError} If what is stored breaks the contract. */
  getField<T>(map: DocumentMap<T>, field: string): Promise<T | null>;
  setField<T>(map: DocumentMap<T>, field: string, value: T): Promise<void>;
  deleteField(map: DocumentMap<unknown>, field: string): Promise<boolean>;
  /** All fields by name; a bad one goes to `onBadEntry`. */
  entries<T>(map: DocumentMap<T>): Promise<Map<string, T>>;

  getBytes(key: string): Promise<Uint8Array<ArrayBuffer> | null>;
  setBytes(key: string, bytes: Uint8Array): Promise<void>;
  /** Removes keys of any kind; returns how many there were. */
  delete(...keys: string[]): Promise<number>;
}

/** Whether an entry of a mixed page came from this stream; if so, its value has that stream's type. */
export function isEntryOf<T>(entry: Entry<unknown>, stream: Stream<T>): entry is Entry<T> {
  return entry.stream.key === stream.key;
}

/** Checks a limit. @throws {RangeError} If it is no whole number from 1 on. */
export function checkCount(name: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot use ${name} as it must be a whole number from 1 on: it is ${count}`);
  }
  return count;
}

/** @throws {RangeError} If a stream is named twice. */
export function checkDistinct(streams: Iterable<Stream<unknown>>): void {
  const keys = new Set<string>();
  for (const { key } of streams) {
    if (keys.has(key)) {
      throw new RangeError(`Cannot append to each stream as each must be named once: ${key} is twice`);
    }
    keys.add(key);
  }
}

/** Where a span starts, as XRANGE writes it. @throws {RangeError} If it has two starts or a malformed id. */
export function rangeStart(span: Span): string {
  if (span.after !== undefined && span.from !== undefined) {
    throw new RangeError(
      `Cannot read a span as it must start at one of from and after: it has ${span.from} and ${span.after}`,
    );
  }
  const id = span.after ?? span.from;
  if (id === undefined) return "-";
  parseEntryId(id);
  return span.after === undefined ? id : `(${id}`;
}

/** Checks what a reader is asked for. @throws {RangeError} @throws {TypeError} If the reader is busy or closed. */
export function checkRead(
  positions: ReadonlyMap<Stream<unknown>, string>,
  options: ReadOptions,
  isReading: boolean,
  isClosed: boolean,
): void {
  if (isClosed) throw new TypeError("Cannot read as the reader must be open: it was closed");
  if (isReading) throw new TypeError("Cannot read as a reader reads once at a time: it is reading");
  checkCount("count", options.count);
  if (!Number.isSafeInteger(options.blockMs) || options.blockMs < 0 || options.blockMs > MAX_BLOCK_MS) {
    throw new RangeError(
      `Cannot read as blockMs must be a whole number from 0 to ${MAX_BLOCK_MS}: it is ${options.blockMs}`,
    );
  }
  if (positions.size === 0) {
    throw new RangeError("Cannot read as there must be a stream to read: there is none");
  }
  const keys = new Set<string>();
  for (const [stream, id] of positions) {
    parseEntryId(id);
    if (keys.has(stream.key)) {
      throw new RangeError(`Cannot read as each stream must be named once: ${stream.key} is twice`);
    }
    keys.add(stream.key);
  }
}
