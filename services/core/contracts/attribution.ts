/** Why a decision's action beat the runner-up, computed after its commit; a decision may have none. */
import { z } from "zod";
import { defineStream, float32 } from "./define.ts";
import { ModelVersion } from "./model.ts";

/** Q(chosen) − Q(other) = −`costDifference` + `baselineDifference` + Σ `weights`, up to `residual`; all in reward units. */
export const Attribution = z.strictObject({
  /** What was chosen, and what came next. */
  chosen: z.string(),
  other: z.string(),
  /** What the choice costs more than the other; may be negative. */
  costDifference: z.number(),
  /** W(chosen) − W(other) where every feature has its mean and the account shows nothing but its position class. */
  baselineDifference: z.number(),
  /** Integrated gradients of W(chosen) − W(other): one for each feature, in the order of the decision's `state`, then one for each
   * of the account's inputs beside the position class, in the configured order (of branching values: position, then those). */
  weights: float32(),
  /** What the weights miss of the difference that they explain. */
  residual: z.number().nonnegative(),
  /** The residual is above 1 % of that difference. */
  rough: z.boolean(),
  /** Gradients taken on the way from the mean to the state. */
  steps: z.int().positive(),
  modelVersion: ModelVersion,
});
export type Attribution = z.infer<typeof Attribution>;
/** Attributions of one lane; the entry id is that of the decision, `<barMs>-0`. */
export const attributionStream = defineStream(
  "attributions",
  { write: ["inference"], read: ["core", "ui", "dev"], trim: ["core"] },
  (account: string, symbol: string) => `{${account}}:attribution:${symbol}`,
  Attribution,
);
