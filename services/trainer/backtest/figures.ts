/** What a strategy was worth: the figures of its curve and of its trades, and how far chance alone may have moved them. Pure. */
import { measurePerformance, type Performance, returnsOf } from "../../core/metrics/performance.ts";
import {
  type BootstrapOptions,
  centralInterval,
  stationaryDraws,
} from "../../core/metrics/stationary_bootstrap.ts";
import type { LaneBook } from "./lane_book.ts";
import type { Curve } from "./portfolio.ts";
import { roundTrips } from "./round_trips.ts";

export interface StrategyFigures extends Performance {
  /** Value of all trades over the mean equity, a year. */
  readonly turnover: number;
  /** Mean absolute position, as a share of equity. */
  readonly exposure: number;
  /** Trades that have ended. */
  readonly trades: number;
  /** Share of them that gained, net of fees; null where none has ended. */
  readonly hitRate: number | null;
  /** In the quote currency. */
  readonly fees: number;
  /** For borrowed shares and cash, in the quote currency. */
  readonly borrowed: number;
  /** At the last close, in the quote currency. */
  readonly endEquity: number;
}

/** Figures that depend on the returns alone: those that can be resampled. */
export const RESAMPLED = ["cagr", "volatility", "sharpe", "sortino", "calmar", "maxDrawdown"] as const;
export type Resampled = typeof RESAMPLED[number];
export type Interval = readonly [low: number, high: number];

/** Of every interval. */
export const COVERAGE = 0.95;
const YEAR_MS = 365.25 * 86_400_000;

/** By the times of the bars themselves: 252 of daily bars of an exchange, 365 of a market that never closes. */
export function barsPerYear(timesMs: Float64Array): number {
  return (timesMs.length - 1) / ((timesMs[timesMs.length - 1]! - timesMs[0]!) / YEAR_MS);
}

export function figuresOf(
  { equity, position }: Curve,
  books: readonly LaneBook[],
  perYear: number,
): StrategyFigures {
  const ended = books.flatMap(({ fills }) => roundTrips(fills)).filter(({ exit }) => exit !== null);
  const won = ended.filter(({ exit }) => exit!.profit > 0).length;
  const fills = books.flatMap((book) => book.fills);
  const traded = fills.reduce(
    (sum, { quantity, price }) => sum + Math.abs(Number(quantity)) * Number(price),
    0,
  );
  const years = (equity.length - 1) / perYear;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    ...measurePerformance(equity, perYear),
    turnover: traded / mean(equity) / years,
    exposure: mean(position.map(Math.abs)),
    trades: ended.length,
    hitRate: ended.length === 0 ? null : won / ended.length,
    fees: fills.reduce((sum, { fee }) => sum + Number(fee), 0),
    borrowed: books.reduce((sum, { borrowPaid }) => sum + borrowPaid, 0),
    endEquity: equity[equity.length - 1]!,
  };
}

/** Where the figures of resampled histories lie. */
export function intervalsOf(
  { equity }: Curve,
  perYear: number,
  options: BootstrapOptions,
): Record<Resampled, Interval> {
  const returns = returnsOf(equity);
  const found = RESAMPLED.map(() => new Float64Array(options.draws));
  const resampled = new Float64Array(equity.length);
  let draw = 0;
  for (const positions of stationaryDraws(returns.length, options)) {
    compound(returns, positions, resampled);
    const performance = measurePerformance(resampled, perYear);
    RESAMPLED.forEach((name, index) => found[index]![draw] = performance[name]);
    draw++;
  }
  const intervals = found.map((values) => centralInterval(values.sort(), COVERAGE));
  return Object.fromEntries(RESAMPLED.map((name, index) => [name, intervals[index]!])) as Record<
    Resampled,
    Interval
  >;
}

/** The curve of returns in another order, from 1. @param curve Overwritten, one longer than the positions. */
function compound(returns: Float64Array, positions: Uint32Array, curve: Float64Array): void {
  curve[0] = 1;
  for (let bar = 0; bar < positions.length; bar++) {
    curve[bar + 1] = curve[bar]! * (1 + returns[positions[bar]!]!);
  }
}
