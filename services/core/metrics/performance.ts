/** What an equity curve was worth: the figures that users know, in one place for backtest, gate and page. Pure.
 *
 * Returns are simple, one a bar; "a year" is `barsPerYear` bars of the instrument's calendar; there is no risk-free rate.
 * Checked against the Python package quantstats in a fixture. */

export interface Performance {
  /** Number of returns. */
  readonly bars: number;
  /** Last equity over the first, less 1. */
  readonly totalReturn: number;
  /** The even growth a year that gives the same end. */
  readonly cagr: number;
  /** Standard deviation of the returns (n − 1), a year. */
  readonly volatility: number;
  /** Mean over standard deviation of the returns, a year (Sharpe 1994); 0 where nothing moves. */
  readonly sharpe: number;
  /** Mean over downside deviation, √(Σ min(r, 0)² / n), a year (Sortino & Price 1994); 0 where nothing falls. */
  readonly sortino: number;
  /** CAGR over the deepest drawdown (Young 1991); 0 without one. */
  readonly calmar: number;
  /** Deepest fall from a peak, as a share of the peak, in [0, 1]. */
  readonly maxDrawdown: number;
  /** Bars of the longest time below a peak, until it was reached again or the end came. */
  readonly longestDrawdownBars: number;
  /** Share of the returns that are not 0 which are above 0; 0 where none is. */
  readonly winningBars: number;
}

/** @param equity The curve with its start, `[bars + 1]`, all above 0.  @param barsPerYear Above 0.
 * @throws {RangeError} If there are fewer than two points, or one is not a positive number. */
export function measurePerformance(equity: ArrayLike<number>, barsPerYear: number): Performance {
  const returns = returnsOf(equity);
  const bars = returns.length;
  const totalReturn = equity[bars]! / equity[0]! - 1;
  const cagr = (1 + totalReturn) ** (barsPerYear / bars) - 1;
  const { deepest, longestBars } = drawdownsOf(equity);
  const moved = returns.filter((value) => value !== 0);
  return {
    bars,
    totalReturn,
    cagr,
    volatility: standardDeviation(returns) * Math.sqrt(barsPerYear),
    sharpe: sharpeOf(returns) * Math.sqrt(barsPerYear),
    sortino: ratio(mean(returns), downsideDeviation(returns)) * Math.sqrt(barsPerYear),
    calmar: ratio(cagr, deepest),
    maxDrawdown: deepest,
    longestDrawdownBars: longestBars,
    winningBars: ratio(moved.filter((value) => value > 0).length, moved.length),
  };
}

/** Simple returns of an equity curve. @throws {RangeError} If there are fewer than two points, or one is not positive. */
export function returnsOf(equity: ArrayLike<number>): Float64Array {
  if (equity.length < 2) {
    throw new RangeError(`Cannot measure a curve as it must have 2 points or more: it has ${equity.length}`);
  }
  for (let index = 0; index < equity.length; index++) {
    if (equity[index]! > 0 && equity[index]! < Infinity) continue;
    throw new RangeError(
      `Cannot measure a curve as every point must be a number above 0: point ${index} is ${equity[index]}`,
    );
  }
  return Float64Array.from(
    { length: equity.length - 1 },
    (_, index) => equity[index + 1]! / equity[index]! - 1,
  );
}

/** Mean over standard deviation (n − 1) of the returns, a bar; 0 where nothing moves. */
export function sharpeOf(returns: ArrayLike<number>): number {
  return ratio(mean(returns), standardDeviation(returns));
}

export interface Drawdowns {
  /** Deepest fall from a peak, as a share of the peak. */
  readonly deepest: number;
  /** Bars of the longest time below a peak. */
  readonly longestBars: number;
}

export function drawdownsOf(equity: ArrayLike<number>): Drawdowns {
  let [peak, peakAt, deepest, longestBars] = [-Infinity, 0, 0, 0];
  for (let index = 0; index < equity.length; index++) {
    const value = equity[index]!;
    if (value >= peak) {
      [peak, peakAt] = [value, index];
      continue;
    }
    deepest = Math.max(deepest, 1 - value / peak);
    longestBars = Math.max(longestBars, index - peakAt);
  }
  return { deepest, longestBars };
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return values.length === 0 ? 0 : sum / values.length;
}

/** With n − 1; 0 for fewer than two values, and within rounding of values that are all alike. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  let [sum, largest] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    sum += (values[index]! - centre) ** 2;
    largest = Math.max(largest, Math.abs(values[index]!));
  }
  const deviation = Math.sqrt(sum / (values.length - 1));
  return deviation > 1e-14 * largest ? deviation : 0;
}

function downsideDeviation(returns: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < returns.length; index++) sum += Math.min(returns[index]!, 0) ** 2;
  return Math.sqrt(sum / returns.length);
}

function ratio(above: number, below: number): number {
  return below === 0 ? 0 : above / below;
}
