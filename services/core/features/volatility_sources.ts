/** Sources that say how much the price moves. */
import { mstd } from "indicatorts";
import { ATR, BollingerBands } from "trading-signals";
import { z } from "zod";
import { BarWindow } from "./bar_window.ts";
import { barCount, defineSource, newest, period, ratio, wilderBars } from "./feature_source.ts";

export const VOLATILITY_SOURCES = {
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
    start({ period }, averages) {
      const atr = new ATR(period, averages.wilder);
      return (bar) => {
        const range = atr.add(bar);
        return range === null ? null : range / bar.close;
      };
    },
  }),
  bar_range: defineSource({
    summary: "ln(high / low) of the bar",
    library: "arithmetic",
    unit: "log return",
    range: [0, Infinity],
    neutral: 0,
    params: z.strictObject({}),
    barsNeeded: () => 1,
    start: () => (bar) => Math.log(bar.high / bar.low),
  }),
  realised_volatility: defineSource({
    summary: "standard deviation of the one-bar log returns, by their number (not one less)",
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
};

function bollingerParams() {
  return z.strictObject({
    period: barCount("Length of the bands' simple average."),
    deviations: z.number().min(0.1).max(10).default(2).meta({
      unit: "standard deviations",
      description:
        "Distance of the bands from the average; the deviation is by the number of closes (not one less).",
    }),
  });
}
