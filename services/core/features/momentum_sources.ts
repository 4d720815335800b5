/** Sources that say how one-sided the last moves were: oscillators. */
import { bop, stoch } from "indicatorts";
import { CCI, RSI } from "trading-signals";
import { z } from "zod";
import { BarWindow } from "./bar_window.ts";
import { counts, defineSource, newest, period, wilderBars } from "./feature_source.ts";

export const MOMENTUM_SOURCES = {
  rsi: defineSource({
    summary: "relative strength index (Wilder); a price that stands still gives the neutral value",
    library: "trading-signals",
    unit: "points",
    range: [0, 100],
    neutral: 50,
    params: period("Length of Wilder's averages of gains and losses."),
    barsNeeded: (params) => wilderBars(params.period),
    start({ period }, averages) {
      const rsi = new RSI(period, averages.wilder);
      return (bar) => {
        const value = rsi.add(bar.close);
        // Of neither gain nor loss the library says 100, and of what decays of both for ever what it said last.
        return averages.every((average) => !counts(average, bar.close)) ? NaN : value;
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
  cci: defineSource({
    summary: "commodity channel index: typical price − its average, in 0.015 mean deviations",
    library: "trading-signals",
    unit: "points",
    range: [-Infinity, Infinity],
    neutral: 0,
    params: period("Length of the average and of the deviation."),
    barsNeeded: (params) => params.period,
    start({ period }) {
      const cci = new CCI(period);
      const prices = new BarWindow(period);
      return (bar) => {
        const price = bar.high + bar.low + bar.close;
        const window = prices.push(price);
        const value = cci.add(bar);
        // Of equal prices the library gives 0 / 0, or rounding over rounding.
        return window?.every((each) => Math.abs(each - price) <= 1e-12 * price) ? NaN : value;
      };
    },
  }),
  balance_of_power: defineSource({
    summary: "(close − open) / (high − low): which side the bar ended on",
    library: "indicatorts",
    unit: "fraction",
    range: [-1, 1],
    neutral: 0,
    params: z.strictObject({}),
    barsNeeded: () => 1,
    start: () => (bar) => newest(bop([bar.open], [bar.high], [bar.low], [bar.close])),
  }),
};
