/** What the learner needs to know of a market, and the step that it learns from it. Pure.
 *
 * Trading and the yardsticks' markets implement the same interface, so that nothing else differs between them. */
import type { LearnerStep } from "../core/model/native_types.ts";

/** A market's step from one decision to the next. */
export interface MarketStep {
  readonly features: Float32Array;
  readonly nextFeatures: Float32Array;
}

/** Decisions are numbered as the action head's outputs; decision d leads to the afterstate d. Rewards and costs have one unit. */
export interface Environment<Step extends MarketStep> {
  /** How many decisions there are. */
  readonly decisions: number;
  /** What the afterstate of a decision earns over the step, the decision's own cost apart. */
  afterstate(step: Step, decision: number): { readonly reward: number; readonly isRuined: boolean };
  /** What it costs to go from one decision's afterstate to another's; never negative. */
  cost(step: Step, from: number, to: number): number;
  /** What the regression heads predict, in their order. */
  regressionTargets(step: Step): Float32Array;
}

/** All afterstates of a step with every next decision of each (counterfactual: the market does not react to our size).
 * Ruin is terminal: nothing may follow it. */
export function learnerStep<Step extends MarketStep>(
  environment: Environment<Step>,
  step: Step,
): LearnerStep {
  const count = environment.decisions;
  const rewards = new Float32Array(count);
  const terminals = new Uint8Array(count);
  const offsets = new Uint32Array(count + 1);
  const candidateClasses: number[] = [];
  const candidateCosts: number[] = [];
  for (let held = 0; held < count; held++) {
    const { reward, isRuined } = environment.afterstate(step, held);
    rewards[held] = reward;
    if (isRuined) {
      terminals[held] = 1;
    } else {
      for (let next = 0; next < count; next++) {
        candidateClasses.push(next);
        candidateCosts.push(environment.cost(step, held, next));
      }
    }
    offsets[held + 1] = candidateClasses.length;
  }
  return {
    features: step.features,
    nextFeatures: step.nextFeatures,
    classes: Uint8Array.from({ length: count }, (_, index) => index),
    rewards,
    terminals,
    candidateOffsets: offsets,
    candidateClasses: Uint8Array.from(candidateClasses),
    candidateCosts: Float32Array.from(candidateCosts),
    regressionTargets: environment.regressionTargets(step),
  };
}
