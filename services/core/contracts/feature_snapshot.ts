/** The streaming features of a symbol after one of its bars: who leads it next goes on from there. Core leaves the first one when
 * history is complete, inference all others. */
import { z } from "zod";
import { defineDocument } from "./define.ts";

export const FeatureSnapshot = z.strictObject({
  /** The last bar that the features have seen. */
  barMs: z.int().nonnegative(),
  /** Of which features, warm-up and timeframe it is; a builder of another kind refuses it. */
  identity: z.string(),
  /** Float64 values, little-endian, in base64: decimals would not keep NaN. */
  values: z.base64(),
});
export type FeatureSnapshot = z.infer<typeof FeatureSnapshot>;

export const featureSnapshot = defineDocument(
  "feature snapshot",
  { write: ["core", "inference"], read: ["core", "inference", "dev"] },
  (symbol: string, timeframe: string) => `features:${symbol}:${timeframe}`,
  FeatureSnapshot,
);
