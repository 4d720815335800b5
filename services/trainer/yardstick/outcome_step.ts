/** A step of outcomes that are known already. Pure. */
import type { LearnerStep } from "../../core/model/native_types.ts";
import { learnerStep, type MarketStep, type Outcome } from "../environment.ts";

export const NO_SCALARS = new Float32Array(0);

/** @param span Ticks from the step's features to its next ones. */
export function outcomeStep(
  step: MarketStep,
  outcomes: readonly Outcome[],
  regressionTargets: Float32Array,
  span = 1,
): LearnerStep {
  const environment = {
    scalars: outcomes[0].point.scalars.length,
    outcomes: () => outcomes,
    regressionTargets: () => regressionTargets,
  };
  return { ...learnerStep(environment, step), span };
}
