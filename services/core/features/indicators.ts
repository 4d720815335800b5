/** The feature sources: each is a library's indicator, or plain arithmetic on prices and on a library's value.
 * Streaming: one bar in, one value out. indicatorts gives the exact windowed functions, called over just their window;
 * trading-signals gives the recursive ones. None is computed by hand. */
import { mstd, sma, stoch } from "indicatorts";
import { ATR, BollingerBands, EMA, MACD, RSI } from "trading-signals";
import { z } from "zod";
import type { Bar } from "../contracts/bar.ts";
import { BarWindow } from "./bar_window.ts";

/** A source's parameters by name. */
export type SourceParams = Readonly<Record<string, number>>;

/** The next value; not a finite number while the library warms up, and where its formula has none (a flat price). */
type Stream = (bar: Bar) => number | null | undefined;

export interface FeatureSource {
  readonly summary: string;
  readonly library: "indicatorts" | "trading-signals" | "arithmetic";
  readonly unit: string;
  /** Lowest and highest value. */
  readonly range: readonly [number, number];
  /** What replaces a value that is not finite. */
  readonly neutral: number;
  readonly params: z.ZodObject;
  /** Bars up to the first value, that bar included. A recursive average counts as warm when its seed weighs < 0.1 %. */
  barsNeeded(params: SourceParams): number;
  start(params: SourceParams): Stream;
}

interface SourceDefinition<S extends z.ZodObject>
  extends Omit<FeatureSource, "params" | "barsNeeded" | "start"> {
  readonly params: S;
  barsNeeded(params: z.output<S>): number;
  start(params: z.output<S>): Stream;
}

/** Hides a source's own parameter type behind its schema, which checks them again. */
function defineSource<S extends z.ZodObject>(source: SourceDefinition<S>): FeatureSource {
  return {
    ...source,
    barsNeeded: (params) => source.barsNeeded(source.params.parse(params)),
    start: (params) => source.start(source.params.parse(params)),
  };
}

const bars = (description: string, least = 2) =>
  z.int().min(least).max(1000).meta({ unit: "bars", description });

/** Bars after which the first value of an exponential average has lost all but 0.1 % of its weight. */
function settleBars(alpha: number): number {
  return Math.ceil(Math.log(0.001) / Math.log(1 - alpha));
}
const emaBars = (period: number) => Math.max(period, settleBars(2 / (period + 1)));
const wilderBars = (period: number) => Math.max(period, settleBars(1 / period)) + 1;

/** NaN where the denominator is nothing but rounding at the scale of the price. */
function ratio(numerator: number, denominator: number, scale: number): number {
  return Math.abs(denominator) > 1e-12 * scale ? numerator / denominator : NaN;
}

const oldest = (window: readonly number[]) => window[0] ?? NaN;
const newest = (values: readonly number[]) => values.at(-1) ?? NaN;

const period = (description: string) => z.strictObject({ period: bars(description) });

/** Every source by name. */
export const FEATURE_SOURCES: ReadonlyMap<string, FeatureSource> = new Map(Object.entries({
  log_return: defineSource({
    summary: "ln(close / close `bars` bars ago)",
    library: "arithmetic",
    unit: "log return",
    range: [-Infinity, Infinity],
    neutral: 0,
    params: z.strictObject({ bars: bars("How far back the return looks.", 1) }),
    barsNeeded: (params) => params.bars + 1,
    start({ bars }) {
      const closes = new BarWindow(bars + 1);
      return (bar) => {
        const window = closes.push(bar.close);
        return window && Math.log(bar.close / oldest(window));
      };
    },
  }),
  sma_distance: defineSource({
    summary: "close / simple moving average − 1",
    library: "indicatorts",
    unit: "fraction",
    range: [-1, Infinity],
    neutral: 0,
    params: period("Length of the average."),
    barsNeeded: (params) => params.period,
    start({ period }) {
      const closes = new BarWindow(period);
      return (bar) => {
        const window = closes.push(bar.close);
        return window && bar.close / newest(sma(window, { period })) - 1;
      };
    },
  }),
  ema_distance: defineSource({
    summary: "close / exponential moving average − 1",
    library: "trading-signals",
    unit: "fraction",
    range: [-1, Infinity],
    neutral: 0,
    params: period("Length of the average; the newest close weighs 2 / (period + 1)."),
    barsNeeded: (params) => emaBars(params.period),
    start({ period }) {
      const ema = new EMA(period);
      return (bar) => {
        const average = ema.add(bar.close);
        return average && bar.close / average - 1;
      };
    },
  }),
  rsi: defineSource({
    summary: "relative strength index (Wilder); a price that never moved gives the neutral value",
    library: "trading-signals",
    unit: "points",
    range: [0, 100],
    neutral: 50,
    params: period("Length of Wilder's averages of gains and losses."),
    barsNeeded: (params) => wilderBars(params.period),
    start({ period }) {
      const rsi = new RSI(period);
      let previous = NaN;
      let moved = false;
      return (bar) => {
        moved ||= bar.close !== previous && !Number.isNaN(previous);
        previous = bar.close;
        const value = rsi.add(bar.close);
        // The library says 100 where there was neither gain nor loss.
        return moved ? value : NaN;
      };
    },
  }),
  macd_histogram: defineSource({
    summary: "(MACD − its signal line) / average true range",
    library: "trading-signals",
    unit: "average true ranges",
    range: [-Infinity, Infinity],
    neutral: 0,
    params: z.strictObject({
      fast: bars("Length of the fast exponential average.").default(12),
      slow: bars("Length of the slow exponential average; longer than the fast one.").default(26),
      signal: bars("Length of the signal line's exponential average.").default(9),
      atr: bars("Length of the average true range that it is measured in.").default(14),
    }).refine((params) => params.fast < params.slow, {
      path: ["fast"],
      error: "must be less than slow",
    }),
    barsNeeded: (params) => Math.max(emaBars(params.slow) + emaBars(params.signal), wilderBars(params.atr)),
    start(params) {
      const macd = new MACD(new EMA(params.fast), new EMA(params.slow), new EMA(params.signal));
      const atr = new ATR(params.atr);
      return (bar) => {
        const lines = macd.add(bar.close);
        const range = atr.add(bar);
        return lines && range !== null ? ratio(lines.histogram, range, bar.close) : null;
      };
    },
  }),
  bollinger_percent_b: defineSource({
    summary: "(close − lower band) / (upper band − lower band)",
    library: "trading-signals",
    unit: "fraction",
    range: [-Infinity, Infinity],
    neutral: 0.5,
    params: bollingerParams(),
    barsNeeded: (params) => params.period,
    start({ period, deviations }) {
      const bands = new BollingerBands(period, deviations);
      return (bar) => {
        const band = bands.add(bar.close);
        return band && ratio(bar.close - band.lower, band.upper - band.lower, bar.close);
      };
    },
  }),
  bollinger_width: defineSource({
    summary: "(upper band − lower band) / middle band",
    library: "trading-signals",
    unit: "fraction",
    range: [0, Infinity],
    neutral: 0,
    params: bollingerParams(),
    barsNeeded: (params) => params.period,
    start({ period, deviations }) {
      const bands = new BollingerBands(period, deviations);
      return (bar) => {
        const band = bands.add(bar.close);
        return band && (band.upper - band.lower) / band.middle;
      };
    },
  }),
  atr_ratio: defineSource({
    summary: "average true range (Wilder) / close",
    library: "trading-signals",
    unit: "fraction",
    range: [0, Infinity],
    neutral: 0,
    params: period("Length of Wilder's average."),
    barsNeeded: (params) => wilderBars(params.period),
    start({ period }) {
      const atr = new ATR(period);
      return (bar) => {
        const range = atr.add(bar);
        return range === null ? null : range / bar.close;
      };
    },
  }),
  realised_volatility: defineSource({
    summary: "standard deviation of the one-bar log returns",
    library: "indicatorts",
    unit: "log return",
    range: [0, Infinity],
    neutral: 0,
    params: period("Number of returns."),
    barsNeeded: (params) => params.period + 1,
    start({ period }) {
      const returns = new BarWindow(period);
      let previous: number | undefined;
      return (bar) => {
        const before = previous;
        previous = bar.close;
        if (before === undefined) return undefined;
        const window = returns.push(Math.log(bar.close / before));
        return window && newest(mstd(window, { period }));
      };
    },
  }),
  stochastic_k: defineSource({
    summary: "where the close lies between the lowest low and the highest high (fast %K)",
    library: "indicatorts",
    unit: "points",
    range: [0, 100],
    neutral: 50,
    params: period("Bars whose lows and highs count."),
    barsNeeded: (params) => params.period,
    start({ period }) {
      const [highs, lows, closes] = [new BarWindow(period), new BarWindow(period), new BarWindow(period)];
      return (bar) => {
        const [high, low, close] = [highs.push(bar.high), lows.push(bar.low), closes.push(bar.close)];
        return high && low && close && newest(stoch(high, low, close, { kPeriod: period, dPeriod: 1 }).k);
      };
    },
  }),
  volume_ratio: defineSource({
    summary: "volume / its simple moving average − 1; no volume at all gives the neutral value",
    library: "indicatorts",
    unit: "fraction",
    range: [-1, Infinity],
    neutral: 0,
    params: period("Length of the average."),
    barsNeeded: (params) => params.period,
    start({ period }) {
      const volumes = new BarWindow(period);
      return (bar) => {
        const window = volumes.push(bar.volume);
        return window && bar.volume / newest(sma(window, { period })) - 1;
      };
    },
  }),
}));

function bollingerParams() {
  return z.strictObject({
    period: bars("Length of the bands' simple average."),
    deviations: z.number().min(0.1).max(10).default(2).meta({
      unit: "standard deviations",
      description: "Distance of the bands from the average.",
    }),
  });
}
