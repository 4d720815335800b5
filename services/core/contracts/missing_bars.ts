/** Bars that never came: core waited for them, gave them up, and went on. */
import { z } from "zod";
import { defineStream } from "./define.ts";

/** Consecutive bars of one symbol. None of them is ever inserted later: what comes for them is quarantined. */
export const MissingBars = z.strictObject({
  /** Open time of the first. */
  fromMs: z.int().nonnegative(),
  /** Open time of the bar that follows the last. */
  untilMs: z.int().nonnegative(),
  bars: z.int().positive(),
  reason: z.string().min(1),
  /** When they were given up. */
  atMs: z.int().nonnegative(),
}).refine((missing) => missing.fromMs < missing.untilMs, {
  path: ["untilMs"],
  error: "must be after fromMs",
});
export type MissingBars = z.infer<typeof MissingBars>;

/** The entry id is `<fromMs>-0`. */
export const missingBarsStream = defineStream(
  "missing bars",
  { write: ["core"], read: ["core", "inference", "trainer", "ui", "dev"] },
  (symbol: string, timeframe: string) => `market:missing:${symbol}:${timeframe}`,
  MissingBars,
);
