/** Sources that say where the price stands and goes: returns, distances from averages and extremes, slopes. */
import { sma } from "indicatorts";
import { Aroon, ATR, CHOP, getLinearRegression, getMaximum, getMinimum, MACD } from "trading-signals";
import { z } from "zod";
import { closeOf, overWindow } from "./bar_window.ts";
import {
  barCount,
  defineSource,
  emaBars,
  newest,
  oldest,
  period,
  ratio,
  wilderBars,
  within,
} from "./feature_source.ts";

export const TREND_SOURCES = {
  log_return: defineSource({
    summary: "ln(close / close `bars` bars ago)",
    library: "arithmetic",
    unit: "log return",
    range: [-Infinity, Infinity],
    neutral: 0,
    params: z.strictObject({ bars: barCount("How far back the return looks.", 1) }),
    barsNeeded: (params) => params.bars + 1,
    start: ({ bars }) => overWindow(bars + 1, closeOf, (bar, closes) => Math.log(bar.close / oldest(closes))),
  }),
  gap: defineSource({
    summary: "ln(open / close of the bar before)",
    library: "arithmetic",
    unit: "log return",
    range: [-Infinity, Infinity],
    neutral: 0,
    params: z.strictObject({}),
    barsNeeded: () => 2,
    start: () => overWindow(2, closeOf, (bar, closes) => Math.log(bar.open / oldest(closes))),
  }),
  sma_distance: defineSource({
    summary: "close / simple moving average − 1",
    library: "indicatorts",
    unit: "fraction",
    range: [-1, Infinity],
    neutral: 0,
    params: period("Length of the average."),
    barsNeeded: (params) => params.period,
    start: ({ period }) =>
      overWindow(period, closeOf, (bar, closes) => bar.close / newest(sma(closes, { period })) - 1),
  }),
  ema_distance: defineSource({
    summary: "close / exponential moving average − 1",
    library: "trading-signals",
    unit: "fraction",
    range: [-1, Infinity],
    neutral: 0,
    params: period("Length of the average; the newest close weighs 2 / (period + 1)."),
    barsNeeded: (params) => emaBars(params.period),
    start({ period }, averages) {
      const ema = averages.ema(period);
      return (bar) => {
        const average = ema.add(bar.close);
        return average && bar.close / average - 1;
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
      fast: barCount("Length of the fast exponential average.").default(12),
      slow: barCount("Length of the slow exponential average; longer than the fast one.").default(26),
      signal: barCount("Length of the signal line's exponential average.").default(9),
      atr: barCount("Length of the average true range that it is measured in.").default(14),
    }).refine((params) => params.fast < params.slow, {
      path: ["fast"],
      error: "must be less than slow",
    }),
    barsNeeded: (params) => Math.max(emaBars(params.slow) + emaBars(params.signal), wilderBars(params.atr)),
    start(params, averages) {
      const macd = new MACD(
        averages.ema(params.fast),
        averages.ema(params.slow),
        averages.ema(params.signal),
      );
      const atr = new ATR(params.atr, averages.wilder);
      return (bar) => {
        const lines = macd.add(bar.close);
        const range = atr.add(bar);
        return lines && range !== null ? ratio(lines.histogram, range, bar.close) : null;
      };
    },
  }),
  trend_slope: defineSource({
    summary: "slope of the least-squares line through the closes / close",
    library: "trading-signals",
    unit: "fraction a bar",
    range: [-Infinity, Infinity],
    neutral: 0,
    params: period("Closes that the line is fitted to.", 3),
    barsNeeded: (params) => params.period,
    start: ({ period }) =>
      overWindow(period, closeOf, (bar, closes) => getLinearRegression(closes).slope / bar.close),
  }),
  high_distance: defineSource({
    summary: "close / highest high − 1: how far below its peak",
    library: "trading-signals",
    unit: "fraction",
    range: [-1, 0],
    neutral: 0,
    params: period("Bars whose highs count, this one included."),
    barsNeeded: (params) => params.period,
    start: ({ period }) =>
      overWindow(period, ({ high }) => high, (bar, highs) => bar.close / getMaximum(highs) - 1),
  }),
  low_distance: defineSource({
    summary: "close / lowest low − 1: how far above its trough",
    library: "trading-signals",
    unit: "fraction",
    range: [0, Infinity],
    neutral: 0,
    params: period("Bars whose lows count, this one included."),
    barsNeeded: (params) => params.period,
    start: ({ period }) =>
      overWindow(period, ({ low }) => low, (bar, lows) => bar.close / getMinimum(lows) - 1),
  }),
  aroon_oscillator: defineSource({
    summary: "how recent the highest high is, less how recent the lowest low is",
    library: "trading-signals",
    unit: "points",
    range: [-100, 100],
    neutral: 0,
    params: period("Bars back that count."),
    barsNeeded: (params) => params.period + 1,
    start({ period }) {
      const aroon = new Aroon(period);
      return (bar) => {
        const lines = aroon.add(bar);
        return lines && lines.aroonUp - lines.aroonDown;
      };
    },
  }),
  choppiness: defineSource({
    summary:
      "log of (sum of true ranges / range of the window with the close before each bar), 0 in a straight move, 100 in none",
    library: "trading-signals",
    unit: "points",
    range: [0, 100],
    neutral: 100,
    params: period("True ranges that count."),
    barsNeeded: (params) => params.period + 1,
    start({ period }) {
      const choppiness = new CHOP(period);
      return (bar) => within(choppiness.add(bar), 0, 100);
    },
  }),
};
