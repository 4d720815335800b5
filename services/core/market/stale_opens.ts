/** Finds years whose opens are made of the previous close: an order that fills at such an open pays a price that the
 * market may never have had. Knows only the bars so far. */

/** Fewer bars of a year tell nothing. */
const LEAST_BARS = 20;

export class StaleOpens {
  readonly #years: { readonly year: number; bars: number; equal: number }[] = [];
  #yearEndMs = -Infinity;

  /** @param lastClose Of the bar before; NaN for the first. */
  count(openTimeMs: number, open: number, lastClose: number): void {
    if (openTimeMs >= this.#yearEndMs) {
      const year = new Date(openTimeMs).getUTCFullYear();
      this.#yearEndMs = Date.UTC(year + 1, 0, 1);
      this.#years.push({ year, bars: 0, equal: 0 });
    }
    const current = this.#years.at(-1)!;
    current.bars++;
    if (open === lastClose) current.equal++;
  }

  /** Years (UTC) in which most bars opened at the previous close. */
  get years(): readonly number[] {
    return this.#years.filter(({ bars, equal }) => bars >= LEAST_BARS && equal * 2 > bars)
      .map(({ year }) => year);
  }
}
