/** Whether bars are enough to say what a year of them would be: a good month is no year of twelve. Pure. */
import type { Interval, Resampled, StrategyFigures } from "./figures.ts";

/** Figures that are brought to a year. */
export const ANNUAL = ["cagr", "volatility", "sharpe", "sortino", "calmar", "turnover"] as const;
type Annual = typeof ANNUAL[number];

/** What is told of a strategy: null for figures of a year where the bars are too few. */
export type ToldFigures = Omit<StrategyFigures, Annual> & Readonly<Record<Annual, number | null>>;
export type ToldIntervals = Readonly<Record<Resampled, Interval | null>>;

const LEAST_BARS = 60;
const LEAST_YEARS = 0.25;

/** Why nothing is brought to a year, in words; null where it is. @param bars Returns of one bar each. */
export function tooFewForAYear(bars: number, barsPerYear: number): string | null {
  const least = Math.max(LEAST_BARS, Math.ceil(LEAST_YEARS * barsPerYear));
  if (bars >= least) return null;
  const count = (value: number) => value.toLocaleString("en-US");
  return `Too few bars to annualise: it takes ${
    count(least)
  } returns of a bar, a quarter of a year and ${LEAST_BARS} at least, ` +
    `and there are ${count(bars)}.`;
}

export function withoutYears(figures: StrategyFigures): ToldFigures {
  return { ...figures, ...nulls<Annual>(ANNUAL) };
}

export function intervalsWithoutYears(intervals: ToldIntervals): ToldIntervals {
  return { ...intervals, ...nulls(ANNUAL.filter((name) => name !== "turnover")) };
}

function nulls<Name extends string>(names: readonly Name[]): Record<Name, null> {
  return Object.fromEntries(names.map((name) => [name, null])) as Record<Name, null>;
}
