/** The last so many names that were seen: enough to know a doubled one, without growing for ever. */
export class RecentIds {
  readonly #limit: number;
  /** In the order in which they came. */
  readonly #ids = new Set<string>();

  /** @throws {RangeError} If the limit is no whole number from 1 on. */
  constructor(limit: number) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new RangeError(
        `Cannot remember ids as the limit must be a whole number from 1 on: it is ${limit}`,
      );
    }
    this.#limit = limit;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Remembers an id; the oldest is forgotten above the limit. */
  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#limit) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}
