/** Market bars: written by core, read by everyone. */
import { z } from "zod";
import { defineStream } from "./define.ts";

/** One step of exact money, which counts in 8 places: less is nothing. */
export const LOWEST_PRICE = 1e-8;
/** The most of which float64 tells those steps apart. */
export const HIGHEST_PRICE = 9e7;
export const Price = z.number().min(LOWEST_PRICE).max(HIGHEST_PRICE);

/** One OHLCV bar, named by its open time in UTC milliseconds; it becomes visible when it closes. */
export const Bar = z.strictObject({
  openTimeMs: z.int().nonnegative(),
  open: Price,
  high: Price,
  low: Price,
  close: Price,
  volume: z.number().nonnegative(),
}).refine((bar) => bar.high >= Math.max(bar.open, bar.close, bar.low), {
  path: ["high"],
  error: "must be the highest price",
})
  .refine((bar) => bar.low <= Math.min(bar.open, bar.close), {
    path: ["low"],
    error: "must be the lowest price",
  });
export type Bar = z.infer<typeof Bar>;

/** `bootstrap` bars are history to learn from; `live` bars are decided on. */
export const BarPhase = z.enum(["bootstrap", "live"]);
export type BarPhase = z.infer<typeof BarPhase>;

export const PublishedBar = z.strictObject({ phase: BarPhase, bar: Bar });
export type PublishedBar = z.infer<typeof PublishedBar>;

/** The bars of one symbol and timeframe; the entry id is `<openTimeMs>-0`. */
export const barStream = defineStream(
  "bars",
  { write: ["core"], read: ["core", "inference", "trainer", "ui", "dev"] },
  (symbol: string, timeframe: string) => `market:bars:${symbol}:${timeframe}`,
  PublishedBar,
);
