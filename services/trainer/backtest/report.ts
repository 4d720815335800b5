/** All that a backtest found, as figures. Pure. */
import { probabilityOfOverfitting } from "../../core/metrics/overfitting.ts";
import { returnsOf } from "../../core/metrics/performance.ts";
import { deflatedSharpe, probabilisticSharpe } from "../../core/metrics/sharpe_significance.ts";
import type { Trial } from "../trials/trial_log.ts";
import {
  intervalsWithoutYears,
  type ToldFigures,
  type ToldIntervals,
  tooFewForAYear,
  withoutYears,
} from "./annual.ts";
import type { Backtest, StrategyRun } from "./backtest.ts";
import { compare, type Comparison } from "./comparison.ts";
import { figuresOf, intervalsOf } from "./figures.ts";
import { type Finding, findingOf } from "./verdict.ts";

export interface StrategyReport {
  readonly name: string;
  readonly figures: ToldFigures;
  /** Null for what was only drawn, and for what never moves. */
  readonly intervals: ToldIntervals | null;
  readonly ruinedMs: number | null;
}

export interface Significance {
  /** Different tries that have seen these bars or some of them, this one included. */
  readonly trials: number;
  /** Those of them that `deno task train` has made. */
  readonly trainings: number;
  /** Backtests on exactly these bars, this one included. */
  readonly onSameBars: number;
  /** Probability that the true Sharpe ratio is above 0. */
  readonly probabilisticSharpe: number;
  /** The same against what the best of all trials would show by luck. */
  readonly deflatedSharpe: number;
  /** Probability that choosing the best of those on exactly these bars misleads; null where there are too few to tell. */
  readonly overfitting: number | null;
}

export interface BacktestReport {
  readonly finding: Finding;
  readonly bars: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly barsPerYear: number;
  /** Why no figure is brought to a year, and comparisons are of the whole growth; null where they are a year's. */
  readonly notAnnual: string | null;
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
  /** Of these bars or some of them, the backtest's own last. */
  readonly trials: readonly Pick<Trial, "kind" | "sharpe">[];
  /** Returns of those on exactly these bars, the backtest's own last. */
  readonly sameBars: readonly (readonly number[])[];
  /** Whether the models knew none of the bars. */
  readonly isTest: boolean;
  readonly barsPerYear: number;
  readonly seed: number;
}

export function reportOf(
  { backtest, trials, sameBars, isTest, barsPerYear, seed }: ReportParts,
): BacktestReport {
  const { model, buyAndHold, flat, random, smaCrossover } = backtest;
  const { timesMs } = model.curve;
  const draws = Math.max(
    LEAST_DRAWS,
    Math.min(MOST_DRAWS, Math.floor(RESAMPLED_BARS / timesMs.length)),
  );
  const options = { meanBlock: Math.min(MEAN_BLOCK, timesMs.length - 1), draws, seed };
  const notAnnual = tooFewForAYear(timesMs.length - 1, barsPerYear);
  const compared = notAnnual === null ? barsPerYear : timesMs.length - 1;
  const withFlat = compare(model.curve, flat.curve, compared, options);
  const withBuyAndHold = compare(model.curve, buyAndHold.curve, compared, options);
  const significance = significanceOf(model, trials, sameBars);
  const report = (name: string, { curve, books }: StrategyRun, isResampled: boolean): StrategyReport => {
    const figures = figuresOf(curve, books, barsPerYear);
    const intervals = isResampled ? intervalsOf(curve, barsPerYear, options) : null;
    return {
      name,
      figures: notAnnual === null ? figures : withoutYears(figures),
      intervals: notAnnual === null || intervals === null ? intervals : intervalsWithoutYears(intervals),
      ruinedMs: curve.ruinedMs,
    };
  };
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
    notAnnual,
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

function significanceOf(
  { curve }: StrategyRun,
  trials: ReportParts["trials"],
  sameBars: ReportParts["sameBars"],
): Significance {
  const returns = returnsOf(curve.equity);
  const sharpes = trials.map(({ sharpe }) => sharpe);
  const canSplit = sameBars.length >= 2 && returns.length >= 2 * HALVES;
  return {
    trials: trials.length,
    trainings: trials.filter(({ kind }) => kind === "training").length,
    onSameBars: sameBars.length,
    probabilisticSharpe: returns.length < 3 ? 0.5 : probabilisticSharpe(returns, 0),
    deflatedSharpe: returns.length < 3 ? 0.5 : deflatedSharpe(returns, sharpes),
    overfitting: canSplit ? probabilityOfOverfitting(sameBars, HALVES).probability : null,
  };
}
