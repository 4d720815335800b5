/** All that a backtest found, as figures. Pure. */
import { probabilityOfOverfitting } from "../../core/metrics/overfitting.ts";
import { returnsOf, sharpeOf } from "../../core/metrics/performance.ts";
import { deflatedSharpe, probabilisticSharpe } from "../../core/metrics/sharpe_significance.ts";
import type { Backtest, StrategyRun } from "./backtest.ts";
import { compare, type Comparison } from "./comparison.ts";
import { figuresOf, type Interval, intervalsOf, type Resampled, type StrategyFigures } from "./figures.ts";
import type { Trial } from "./trial_log.ts";
import { type Finding, findingOf } from "./verdict.ts";

export interface StrategyReport {
  readonly name: string;
  readonly figures: StrategyFigures;
  /** Null for what was only drawn, and for what never moves. */
  readonly intervals: Record<Resampled, Interval> | null;
  readonly ruinedMs: number | null;
}

export interface Significance {
  /** Backtests of the same bars, this one included. */
  readonly trials: number;
  /** Probability that the true Sharpe ratio is above 0. */
  readonly probabilisticSharpe: number;
  /** The same against what the best of all trials would show by luck. */
  readonly deflatedSharpe: number;
  /** Probability that choosing the best of the trials misleads; null where there are too few to tell. */
  readonly overfitting: number | null;
}

export interface BacktestReport {
  readonly finding: Finding;
  readonly bars: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly barsPerYear: number;
  /** Whether the model decided anything but to stay flat. */
  readonly hasTraded: boolean;
  readonly withFlat: Comparison;
  readonly withBuyAndHold: Comparison;
  readonly significance: Significance;
  readonly randomTraders: number;
  readonly aheadOfRandom: number;
  /** The model first. */
  readonly strategies: readonly StrategyReport[];
}

/** Of the resampled histories. */
const MEAN_BLOCK = 20;
const MOST_DRAWS = 2_000;
const LEAST_DRAWS = 200;
/** Bars that all resampled histories may have together. */
const RESAMPLED_BARS = 40_000_000;
/** Blocks of the halves that overfitting is judged by. */
const HALVES = 8;

export interface ReportParts {
  readonly backtest: Backtest;
  /** Of the same bars, the backtest's own last. */
  readonly trials: readonly Trial[];
  /** Whether the models knew none of the bars. */
  readonly isTest: boolean;
  readonly barsPerYear: number;
  readonly seed: number;
}

export function reportOf({ backtest, trials, isTest, barsPerYear, seed }: ReportParts): BacktestReport {
  const { model, buyAndHold, flat, random, smaCrossover } = backtest;
  const { timesMs } = model.curve;
  const draws = Math.max(
    LEAST_DRAWS,
    Math.min(MOST_DRAWS, Math.floor(RESAMPLED_BARS / timesMs.length)),
  );
  const options = { meanBlock: Math.min(MEAN_BLOCK, timesMs.length - 1), draws, seed };
  const withFlat = compare(model.curve, flat.curve, barsPerYear, options);
  const withBuyAndHold = compare(model.curve, buyAndHold.curve, barsPerYear, options);
  const significance = significanceOf(model, trials);
  const report = (name: string, run: StrategyRun, isResampled: boolean): StrategyReport => ({
    name,
    figures: figuresOf(run.curve, run.books, barsPerYear),
    intervals: isResampled ? intervalsOf(run.curve, barsPerYear, options) : null,
    ruinedMs: run.curve.ruinedMs,
  });
  return {
    finding: findingOf({
      withFlat,
      withBuyAndHold,
      deflatedSharpe: significance.deflatedSharpe,
      isRuined: model.curve.ruinedMs !== null,
      isTest,
    }),
    bars: timesMs.length,
    fromMs: timesMs[0]!,
    toMs: timesMs[timesMs.length - 1]!,
    barsPerYear,
    hasTraded: model.books.some(({ fills }) => fills.length > 0),
    withFlat,
    withBuyAndHold,
    significance,
    randomTraders: backtest.randomTraders,
    aheadOfRandom: backtest.aheadOfRandom,
    strategies: [
      report("model", model, true),
      report("buy and hold", buyAndHold, true),
      report("flat", flat, false),
      report("random", random, false),
      report("SMA 50/200", smaCrossover, true),
    ],
  };
}

function significanceOf({ curve }: StrategyRun, trials: readonly Trial[]): Significance {
  const returns = returnsOf(curve.equity);
  const sharpes = trials.map((trial) => sharpeOf(trial.returns));
  const canSplit = trials.length >= 2 && returns.length >= 2 * HALVES;
  return {
    trials: trials.length,
    probabilisticSharpe: returns.length < 3 ? 0.5 : probabilisticSharpe(returns, 0),
    deflatedSharpe: returns.length < 3 ? 0.5 : deflatedSharpe(returns, sharpes),
    overfitting: canSplit
      ? probabilityOfOverfitting(trials.map((trial) => trial.returns), HALVES).probability
      : null,
  };
}
