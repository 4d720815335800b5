/** The newest entries of one stream, in bounded memory: what a page that has heard up to some id has missed, or that this can no
 * longer be told. Pure. */
import { BEFORE_FIRST, compareEntryIds, parseEntryId } from "../../services/core/redis/entry_id.ts";

export class Track<T> {
  readonly #limit: number;
  #ids: string[] = [];
  #values: T[] = [];
  #dropped = false;

  /** @param limit Entries that are kept at least, once there are so many. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The id of the last entry; `0-0` where there is none. */
  get lastId(): string {
    return this.#ids.at(-1) ?? BEFORE_FIRST;
  }

  /** The newest entries, oldest first. */
  newest(count = this.#limit): T[] {
    return this.#values.slice(-count);
  }

  /** The entry with this id. */
  get(id: string): T | undefined {
    return this.#values[this.#ids.lastIndexOf(id)];
  }

  /** @param id Above the last one. */
  add(id: string, value: T): void {
    this.#ids.push(id);
    this.#values.push(value);
    if (this.#ids.length < 2 * this.#limit) return;
    this.#ids = this.#ids.slice(-this.#limit);
    this.#values = this.#values.slice(-this.#limit);
    this.#dropped = true;
  }

  /** Says that older entries exist which were never read into it. */
  startsLate(): void {
    this.#dropped = true;
  }

  /** The entries after an id; null if some of them are no longer held, or the id is of another history. */
  after(id: string): T[] | null {
    if (id === this.lastId) return [];
    const asked = parseEntryId(id);
    if (compareEntryIds(asked, parseEntryId(this.lastId)) > 0) return null;
    let first = this.#ids.length;
    while (first > 0 && compareEntryIds(parseEntryId(this.#ids[first - 1]!), asked) > 0) first--;
    return first === 0 && this.#dropped ? null : this.#values.slice(first);
  }
}
