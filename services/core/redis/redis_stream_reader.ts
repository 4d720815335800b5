/** Blocking reads on a connection of their own, so that nothing waits behind them. */
import type { Buffer } from "node:buffer";
import type { Stream } from "../contracts/define.ts";
import { decodeEntry } from "./decode_entry.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { rawEntries, type RawReply } from "./redis_wire.ts";
import {
  checkRead,
  type Entry,
  MAX_BLOCK_MS,
  type OnBadEntry,
  type Page,
  type ReadOptions,
  type StreamReader,
} from "./store.ts";

type XreadReply = readonly (readonly [key: Buffer, entries: RawReply])[] | null;

/** A wait of this length over the longest block means that the server is gone. */
const SILENCE_AFTER_BLOCK_MS = 10_000;

export class RedisStreamReader implements StreamReader {
  readonly #connection: RedisConnection;
  readonly #onBadEntry: OnBadEntry;
  readonly #onClose: () => void;
  #own: RedisConnection | undefined;
  #isReading = false;
  #isClosed = false;

  constructor(options: {
    readonly connection: RedisConnection;
    readonly onBadEntry: OnBadEntry;
    readonly onClose: () => void;
  }) {
    this.#connection = options.connection;
    this.#onBadEntry = options.onBadEntry;
    this.#onClose = options.onClose;
  }

  async read<T>(positions: ReadonlyMap<Stream<T>, string>, options: ReadOptions): Promise<Page<T>> {
    checkRead(positions, options, this.#isReading, this.#isClosed);
    if (options.signal?.aborted) return { entries: [], positions: new Map(positions) };
    this.#isReading = true;
    try {
      return this.#decode(positions, await this.#blockingRead(positions, options));
    } finally {
      this.#isReading = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#onClose();
    await this.#discardConnection();
  }

  /** A blocked read cannot be taken back: to end it, its connection is dropped, and the next read opens another. */
  async #blockingRead(
    positions: ReadonlyMap<Stream<unknown>, string>,
    { count, blockMs, signal }: ReadOptions,
  ): Promise<XreadReply> {
    this.#own ??= this.#connection.sibling("reader", {
      socketTimeout: MAX_BLOCK_MS + SILENCE_AFTER_BLOCK_MS,
    });
    const keys = [...positions.keys()].map((stream) => stream.key);
    const ids = [...positions.values()];
    const reply: Promise<XreadReply> = this.#own.run(
      `read ${keys.join(", ")}`,
      (client) =>
        blockMs === 0
          ? client.xreadBuffer("COUNT", count, "STREAMS", ...keys, ...ids)
          : client.xreadBuffer("COUNT", count, "BLOCK", blockMs, "STREAMS", ...keys, ...ids),
    );
    if (signal === undefined) return await reply;
    const aborted = Promise.withResolvers<null>();
    const onAbort = () => {
      void this.#discardConnection();
      aborted.resolve(null);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([
        aborted.promise,
        reply.catch((error) => signal.aborted ? null : Promise.reject(error)),
      ]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #decode<T>(positions: ReadonlyMap<Stream<T>, string>, reply: XreadReply): Page<T> {
    const streams = new Map([...positions.keys()].map((stream) => [stream.key, stream]));
    const entries: Entry<T>[] = [];
    const reached = new Map(positions);
    for (const [key, rows] of reply ?? []) {
      const stream = streams.get(key.toString())!;
      for (const raw of rawEntries(rows)) {
        reached.set(stream, raw.id);
        const entry = decodeEntry(stream, raw, this.#onBadEntry);
        if (entry !== null) entries.push(entry);
      }
    }
    return { entries, positions: reached };
  }

  async #discardConnection(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    await own?.[Symbol.asyncDispose]();
  }
}
