/** The end of a stream, kept up to date by reading only what is new. */
import type { Stream } from "../../services/core/contracts/define.ts";
import { compareEntryIds, parseEntryId } from "../../services/core/redis/entry_id.ts";
import type { Entry, Store } from "../../services/core/redis/store.ts";

const PAGE = 1_000;

export class StreamTail<T> {
  readonly #stream: Stream<T>;
  readonly #keep: number;
  #entries: Entry<T>[] = [];
  #position: string | null = null;

  /** @param keep So many of the last entries are held. */
  constructor(stream: Stream<T>, keep: number) {
    this.#stream = stream;
    this.#keep = keep;
  }

  /** Oldest first. */
  get entries(): readonly Entry<T>[] {
    return this.#entries;
  }

  /** Reads what has come since; begins anew where the stream did. @returns Whether anything changed. */
  async poll(store: Store): Promise<boolean> {
    const [newest] = await store.newest(this.#stream, 1);
    const position = this.#position;
    if (newest === undefined || position === null || isBefore(newest.id, position)) {
      const before = this.#entries.length;
      this.#entries = newest === undefined ? [] : await store.newest(this.#stream, this.#keep);
      this.#position = this.#entries.at(-1)?.id ?? null;
      return before + this.#entries.length > 0;
    }
    for (let after = position; after !== newest.id;) {
      const page = await store.range(this.#stream, { after, count: PAGE });
      this.#entries = [...this.#entries, ...page].slice(-this.#keep);
      after = page.at(-1)?.id ?? newest.id;
      this.#position = after;
      if (page.length < PAGE) break;
    }
    return this.#position !== position;
  }
}

function isBefore(a: string, b: string): boolean {
  return compareEntryIds(parseEntryId(a), parseEntryId(b)) < 0;
}
