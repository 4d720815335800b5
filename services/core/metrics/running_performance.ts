/** The figures of {@link measurePerformance} of a curve that grows, without keeping it: a point costs the same after a million.
 * Pure. */
import type { Performance } from "./performance.ts";

/** Deviations below this share of the largest return are rounding, as in `standardDeviation()`. */
const STANDS_STILL = 1e-14;

export class RunningPerformance {
  #first = NaN;
  #last = NaN;
  #points = 0;
  #isPositive = true;
  #mean = 0;
  /** Sum of squared distances from the mean (Welford 1962). */
  #squares = 0;
  #downsideSquares = 0;
  #largest = 0;
  #moved = 0;
  #won = 0;
  #peak = -Infinity;
  #peakAt = 0;
  #deepest = 0;
  #longestBars = 0;

  /** The curve's next point. */
  push(equity: number): void {
    if (!(equity > 0 && equity < Infinity)) this.#isPositive = false;
    if (!this.#isPositive) return;
    if (this.#points === 0) this.#first = equity;
    else this.#addReturn(equity / this.#last - 1);
    if (equity >= this.#peak) [this.#peak, this.#peakAt] = [equity, this.#points];
    else {
      this.#deepest = Math.max(this.#deepest, 1 - equity / this.#peak);
      this.#longestBars = Math.max(this.#longestBars, this.#points - this.#peakAt);
    }
    this.#last = equity;
    this.#points++;
  }

  /** @param barsPerYear Above 0.
   * @returns Null where there is nothing to measure: with fewer than two points, and after one that was not above 0. */
  figures(barsPerYear: number): Performance | null {
    const bars = this.#points - 1;
    if (bars < 1 || !this.#isPositive) return null;
    const totalReturn = this.#last / this.#first - 1;
    const cagr = (1 + totalReturn) ** (barsPerYear / bars) - 1;
    const spread = bars < 2 ? 0 : Math.sqrt(this.#squares / (bars - 1));
    const deviation = spread > STANDS_STILL * this.#largest ? spread : 0;
    const year = Math.sqrt(barsPerYear);
    return {
      bars,
      totalReturn,
      cagr,
      volatility: deviation * year,
      sharpe: ratio(this.#mean, deviation) * year,
      sortino: ratio(this.#mean, Math.sqrt(this.#downsideSquares / bars)) * year,
      calmar: ratio(cagr, this.#deepest),
      maxDrawdown: this.#deepest,
      longestDrawdownBars: this.#longestBars,
      winningBars: ratio(this.#won, this.#moved),
    };
  }

  #addReturn(value: number): void {
    const distance = value - this.#mean;
    this.#mean += distance / this.#points;
    this.#squares += distance * (value - this.#mean);
    this.#downsideSquares += Math.min(value, 0) ** 2;
    this.#largest = Math.max(this.#largest, Math.abs(value));
    if (value !== 0) this.#moved++;
    if (value > 0) this.#won++;
  }
}

function ratio(above: number, below: number): number {
  return below === 0 ? 0 : above / below;
}
