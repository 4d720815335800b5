/** What a backtest proves, in words that cannot be misread. Pure. */
import type { Comparison } from "./comparison.ts";

export interface Evidence {
  readonly withFlat: Comparison;
  readonly withBuyAndHold: Comparison;
  /** Probability that the Sharpe ratio is above what the best of all trials shows by luck. */
  readonly deflatedSharpe: number;
  readonly isRuined: boolean;
  /** Whether the models knew none of the bars. */
  readonly isTest: boolean;
}

export type Finding =
  | "no-test"
  | "edge"
  | "better-than-flat"
  | "no-edge"
  | "worse-than-holding"
  | "loses"
  | "ruined";

/** How sure a finding has to be: outside of a central interval of 95 %. */
const SURE = 0.975;
const SURE_OF_SHARPE = 0.95;

export function findingOf(evidence: Evidence): Finding {
  const { withFlat, withBuyAndHold, deflatedSharpe, isRuined, isTest } = evidence;
  if (!isTest) return "no-test";
  if (isRuined) return "ruined";
  if (withFlat.probability <= 1 - SURE) return "loses";
  if (withFlat.probability < SURE || deflatedSharpe < SURE_OF_SHARPE) {
    return withBuyAndHold.probability <= 1 - SURE ? "worse-than-holding" : "no-edge";
  }
  return withBuyAndHold.probability >= SURE ? "edge" : "better-than-flat";
}

/** The first line that a reader sees. */
export const FINDING_TEXTS: Readonly<Record<Finding, string>> = {
  "no-test": "No test: the model has learned from these bars.",
  "edge": "An edge beyond chance on these bars. What comes after them is another matter.",
  "better-than-flat":
    "Better than doing nothing beyond chance, but no edge over buying and holding beyond chance.",
  "no-edge": "No edge beyond chance.",
  "worse-than-holding": "No edge beyond chance, and buying and holding was better beyond chance.",
  "loses": "It loses money beyond chance.",
  "ruined": "It lost everything.",
};
