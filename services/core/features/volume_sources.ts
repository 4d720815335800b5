/** Sources that say how much was traded, and on which side. */
import { sma, vwma } from "indicatorts";
import { CMF, MFI } from "trading-signals";
import { z } from "zod";
import { BarWindow, overWindow } from "./bar_window.ts";
import { defineSource, newest, period, within } from "./feature_source.ts";

export const VOLUME_SOURCES = {
  volume: defineSource({
    summary: "volume of the bar; scale it by log_return, rank or rolling_z",
    library: "arithmetic",
    unit: "the feed's",
    range: [0, Infinity],
    neutral: 0,
    params: z.strictObject({}),
    barsNeeded: () => 1,
    start: () => (bar) => bar.volume,
  }),
  volume_ratio: defineSource({
    summary: "volume / its simple moving average − 1; no volume at all gives the neutral value",
    library: "indicatorts",
    unit: "fraction",
    range: [-1, Infinity],
    neutral: 0,
    params: period("Length of the average."),
    barsNeeded: (params) => params.period,
    start: ({ period }) =>
      overWindow(
        period,
        ({ volume }) => volume,
        (bar, volumes) => bar.volume / newest(sma(volumes, { period })) - 1,
      ),
  }),
  vwma_distance: defineSource({
    summary: "close / volume-weighted moving average − 1; no volume at all gives the neutral value",
    library: "indicatorts",
    unit: "fraction",
    range: [-1, Infinity],
    neutral: 0,
    params: period("Length of the average."),
    barsNeeded: (params) => params.period,
    start({ period }) {
      const [closes, volumes] = [new BarWindow(period), new BarWindow(period)];
      return (bar) => {
        const [close, volume] = [closes.push(bar.close), volumes.push(bar.volume)];
        return close && volume && bar.close / newest(vwma(close, volume, { period })) - 1;
      };
    },
  }),
  mfi: defineSource({
    summary: "money flow index: share of the money that went up; none at all gives the neutral value",
    library: "trading-signals",
    unit: "points",
    range: [0, 100],
    neutral: 50,
    params: period("Changes of the typical price that count."),
    barsNeeded: (params) => params.period + 1,
    start({ period }) {
      const mfi = new MFI(period);
      return (bar) => within(mfi.add(bar), 0, 100);
    },
  }),
  cmf: defineSource({
    summary: "Chaikin money flow: volume weighted by where each bar closed in its range",
    library: "trading-signals",
    unit: "fraction",
    range: [-1, 1],
    neutral: 0,
    params: period("Bars that count."),
    barsNeeded: (params) => params.period,
    start({ period }) {
      const cmf = new CMF(period);
      return (bar) => within(cmf.add(bar), -1, 1);
    },
  }),
};
