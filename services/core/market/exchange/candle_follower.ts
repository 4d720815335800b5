/** Tells from the candles that an exchange keeps sending which of them are over. One symbol; pure.
 *
 * A candle is sent again and again while it changes, and nothing says that it was the last time. It is over for certain
 * once a later one comes, if updates kept coming up to its end: otherwise some may have been lost, and the candle has to be
 * asked for. */

/** Open time, open, high, low, close, volume, as ccxt gives them. */
export type Candle = readonly (number | undefined)[];

/** How far two clocks may differ that are taken for equal. */
const TOLERANCE_MS = 250;
/** Updates that are so close follow each other: ccxt may keep one back until the next. */
const CLOSE_MS = 5_000;

export class CandleFollower {
  readonly #stepMs: number;
  #current: Candle | null = null;
  /** When updates came last. */
  #heardMs = -Infinity;

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  /** Takes updates in the order in which they came. @param nowMs The exchange's time.
   * @returns The candles that are over by them. */
  update(candles: readonly Candle[], nowMs: number): Candle[] {
    const over: Candle[] = [];
    const isClose = nowMs - this.#heardMs <= CLOSE_MS;
    for (const candle of candles) {
      const [openMs] = candle;
      if (openMs === undefined) continue;
      const currentMs = this.#current?.[0] ?? openMs;
      const isWhole = isClose || this.#heardMs >= currentMs + this.#stepMs - TOLERANCE_MS;
      if (openMs > currentMs && isWhole) over.push(this.#current!);
      if (openMs < currentMs) over.push(candle); // a late correction: whoever has the bar can tell whether it differs
      else this.#current = candle;
    }
    this.#heardMs = nowMs;
    return over;
  }

  /** Updates were missed: the candle that was changing may have changed unseen. */
  interrupt(): void {
    this.#current = null;
    this.#heardMs = -Infinity;
  }
}
