/** The store on a Redis server. */
import type { Buffer } from "node:buffer";
import type { Document, DocumentMap, Stream } from "../contracts/define.ts";
import { decodeEntry, decodeFields } from "./decode_entry.ts";
import { checkAscending, checkNewEntryId, parseEntryId } from "./entry_id.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { bufferOver, rawEntries, wireArguments } from "./redis_wire.ts";
import { RedisStreamReader } from "./redis_stream_reader.ts";
import {
  checkCount,
  checkDistinct,
  type Entry,
  type OnBadEntry,
  rangeStart,
  type Span,
  type Store,
} from "./store.ts";

/** Enough to hide the round trip, few enough to leave room for other clients. */
const APPEND_CHUNK = 200;
const READ_CHUNK = 1_000;
/** Commands that are sent at once. */
const EACH_CHUNK = 1_000;

/** Uses a connection that its caller owns, and closes only the readers that it opened. */
export class RedisStore implements Store {
  readonly #connection: RedisConnection;
  readonly #onBadEntry: OnBadEntry;
  readonly #readers = new Set<RedisStreamReader>();

  constructor(options: { readonly connection: RedisConnection; readonly onBadEntry: OnBadEntry }) {
    this.#connection = options.connection;
    this.#onBadEntry = options.onBadEntry;
  }

  async append<T>(
    stream: Stream<T>,
    id: string,
    value: T,
    limit?: { readonly maxLength: number },
  ): Promise<"appended" | "duplicate"> {
    if (id !== "*") checkNewEntryId(stream.key, id);
    const bound = limit === undefined ? [] : ["MAXLEN", "=", checkCount("maxLength", limit.maxLength)];
    const fields = wireArguments(stream.contract.encode(stream.key, value));
    return await this.#connection.run(`append to ${stream.key}`, async (client) => {
      try {
        await client.xadd(stream.key, ...bound, id, ...fields);
        return "appended";
      } catch (error) {
        if (isDuplicate(error)) return "duplicate";
        throw error;
      }
    });
  }

  async appendAll<T>(
    stream: Stream<T>,
    entries: readonly (readonly [id: string, value: T])[],
  ): Promise<number> {
    checkAscending(stream.key, entries.map(([id]) => id));
    const outages = this.#connection.outages;
    let appended = 0;
    for (let start = 0; start < entries.length; start += APPEND_CHUNK) {
      const chunk = entries.slice(start, start + APPEND_CHUNK)
        .map(([id, value]) => [id, wireArguments(stream.contract.encode(stream.key, value))] as const);
      appended += await this.#appendChunk(stream.key, chunk);
    }
    if (this.#connection.outages !== outages) await this.#assertNoHole(stream.key, entries.map(([id]) => id));
    return appended;
  }

  async appendToEach<T>(
    entries: readonly (readonly [stream: Stream<T>, id: string, value: T])[],
  ): Promise<number> {
    checkDistinct(entries.map(([stream]) => stream));
    const commands = entries.map(([{ key, contract }, id, value]) => {
      checkNewEntryId(key, id);
      return [key, id, ...wireArguments(contract.encode(key, value))] as const;
    });
    let appended = 0;
    for (let start = 0; start < commands.length; start += EACH_CHUNK) {
      const chunk = commands.slice(start, start + EACH_CHUNK);
      appended += await this.#connection.run(`append to ${chunk.length} streams`, async (client) => {
        const pipeline = client.pipeline();
        for (const command of chunk) pipeline.xadd(...command);
        return countAppended(await pipeline.exec());
      });
    }
    return appended;
  }

  async range<T>(stream: Stream<T>, span: Span = {}): Promise<Entry<T>[]> {
    const entries: Entry<T>[] = [];
    const wanted = span.count === undefined ? Infinity : checkCount("count", span.count);
    const end = span.to === undefined ? "+" : checked(span.to);
    let start = rangeStart(span);
    while (entries.length < wanted) {
      const asked = Math.min(READ_CHUNK, wanted - entries.length);
      const page = await this.#connection.run(
        `read ${stream.key}`,
        (client) => client.xrangeBuffer(stream.key, start, end, "COUNT", asked),
      );
      for (const raw of rawEntries(page)) {
        const entry = decodeEntry(stream, raw, this.#onBadEntry);
        if (entry !== null) entries.push(entry);
        start = `(${raw.id}`;
      }
      if (page.length < asked) break;
    }
    return entries;
  }

  async newest<T>(stream: Stream<T>, count: number): Promise<Entry<T>[]> {
    const entries: Entry<T>[] = [];
    let end = "+";
    checkCount("count", count);
    while (entries.length < count) {
      const asked = Math.min(READ_CHUNK, count - entries.length);
      const page = await this.#connection.run(
        `read ${stream.key}`,
        (client) => client.xrevrangeBuffer(stream.key, end, "-", "COUNT", asked),
      );
      for (const raw of rawEntries(page)) {
        const entry = decodeEntry(stream, raw, this.#onBadEntry);
        if (entry !== null) entries.push(entry);
        end = `(${raw.id}`;
      }
      if (page.length < asked) break;
    }
    return entries.reverse();
  }

  length(stream: Stream<unknown>): Promise<number> {
    return this.#connection.run(`measure ${stream.key}`, (client) => client.xlen(stream.key));
  }

  async trimBefore(stream: Stream<unknown>, id: string): Promise<number> {
    parseEntryId(id);
    return await this.#connection.run(
      `trim ${stream.key}`,
      (client) => client.xtrim(stream.key, "MINID", "=", id),
    );
  }

  openReader(): RedisStreamReader {
    const reader: RedisStreamReader = new RedisStreamReader({
      connection: this.#connection,
      onBadEntry: this.#onBadEntry,
      onClose: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  async get<T>(document: Document<T>): Promise<T | null> {
    const text = await this.#connection.run(`read ${document.key}`, (client) => client.get(document.key));
    return text === null ? null : document.contract.decode(document.key, text);
  }

  async set<T>(document: Document<T>, value: T): Promise<void> {
    const text = document.contract.encode(document.key, value);
    await this.#connection.run(`write ${document.key}`, (client) => client.set(document.key, text));
  }

  async getField<T>(map: DocumentMap<T>, field: string): Promise<T | null> {
    const text = await this.#connection.run(`read ${map.key}`, (client) => client.hget(map.key, field));
    return text === null ? null : map.contract.decode(map.key, text);
  }

  async setField<T>(map: DocumentMap<T>, field: string, value: T): Promise<void> {
    const text = map.contract.encode(map.key, value);
    await this.#connection.run(`write ${map.key}`, (client) => client.hset(map.key, field, text));
  }

  async deleteField(map: DocumentMap<unknown>, field: string): Promise<boolean> {
    return await this.#connection.run(`write ${map.key}`, (client) => client.hdel(map.key, field)) > 0;
  }

  async entries<T>(map: DocumentMap<T>): Promise<Map<string, T>> {
    const fields = await this.#connection.run(`read ${map.key}`, (client) => client.hgetall(map.key));
    return decodeFields(map, Object.entries(fields), this.#onBadEntry);
  }

  async getBytes(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const bytes = await this.#connection.run(`read ${key}`, (client) => client.getBuffer(key));
    return bytes === null ? null : new Uint8Array(bytes); // a copy: what ioredis returns is unaligned and shared
  }

  async setBytes(key: string, bytes: Uint8Array): Promise<void> {
    await this.#connection.run(`write ${key}`, (client) => client.set(key, bufferOver(bytes)));
  }

  delete(...keys: string[]): Promise<number> {
    if (keys.length === 0) return Promise.resolve(0);
    return this.#connection.run(`delete ${keys.join(", ")}`, (client) => client.del(...keys));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader[Symbol.asyncDispose]()));
  }

  /** A server that was killed may have lost its last writes, acknowledged or not, unless it syncs each; what we append
   * after that cannot be put right. Entries from before the stream's first one are taken for trimmed. */
  async #assertNoHole(key: string, ids: readonly string[]): Promise<void> {
    const stored = new Set<string>();
    let start = ids[0]!;
    while (true) {
      const page = await this.#connection.run(
        `read ${key}`,
        (client) => client.xrangeBuffer(key, start, ids.at(-1)!, "COUNT", READ_CHUNK),
      );
      for (const [id] of page) stored.add(id.toString());
      if (page.length < READ_CHUNK) break;
      start = `(${page.at(-1)![0]}`;
    }
    const lost = ids.slice(ids.findIndex((id) => stored.has(id))).find((id) => !stored.has(id));
    if (lost === undefined) return;
    throw new Error(
      `Cannot append to ${key} as the server must keep what it acknowledged: it was restarted and lost ${lost}`,
    );
  }

  /** In one transaction: were entry 10 refused for want of memory and entry 11 taken, entry 10 could never follow. */
  #appendChunk(
    key: string,
    chunk: readonly (readonly [id: string, fields: (string | Buffer)[]])[],
  ): Promise<number> {
    return this.#connection.run(`append to ${key}`, async (client) => {
      const transaction = client.multi();
      for (const [id, fields] of chunk) transaction.xadd(key, id, ...fields);
      return countAppended(await transaction.exec().catch(throwReason));
    });
  }
}

/** Throws why a transaction was discarded: EXEC itself only says that it was. */
function throwReason(error: Error & { readonly previousErrors?: readonly Error[] }): never {
  throw error.previousErrors?.[0] ?? error;
}

/** @throws The first error that says more than that an entry is there already. */
function countAppended(replies: readonly (readonly [error: Error | null, reply: unknown])[] | null): number {
  let appended = 0;
  for (const [error] of replies ?? []) {
    if (error === null) appended++;
    else if (!isDuplicate(error)) throw error;
  }
  return appended;
}

function isDuplicate(error: unknown): boolean {
  return error instanceof Error && error.message.includes("equal or smaller than the target stream top item");
}

function checked(id: string): string {
  parseEntryId(id);
  return id;
}
