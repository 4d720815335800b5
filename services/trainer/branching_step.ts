/** A transition that was lived through, as a learner of branching values takes it (Tavakoli et al. 2018). Pure.
 *
 * The values of all deciding heads are numbered through. Each head that took part learns the same target; one that did not, as the
 * stop of a position that is kept, learns nothing. */
import type { Candidate } from "../core/decisions/candidate.ts";
import type { DecisionSpace } from "../core/decisions/decision_space.ts";
import type { LearnerStep } from "../core/model/native_types.ts";

export interface BranchingTransition {
  /** The market and the account before the decision, and those `span` bars later. */
  readonly state: Float32Array;
  readonly nextState: Float32Array;
  readonly span: number;
  readonly decided: Candidate;
  /** Discounted, net of all costs. */
  readonly reward: number;
  readonly isRuined: boolean;
  /** What can be decided next. */
  readonly next: readonly Candidate[];
  readonly regressionTargets: Float32Array;
}

export function branchingStep(space: DecisionSpace, transition: BranchingTransition): LearnerStep {
  const { state, nextState, span, decided, reward, isRuined, next, regressionTargets } = transition;
  let first = 0;
  const firsts = space.heads.map(({ size }) => (first += size) - size);
  const classes = space.heads.flatMap(({ name }, branch) => {
    const choice = decided.choices[name];
    return choice === null ? [] : [firsts[branch] + choice];
  });
  const valid = space.heads.map(({ name }, branch) =>
    isRuined ? [] : choicesOf(next, name).map((choice) => firsts[branch] + choice)
  );
  const points = valid.flat();
  let end = 0;
  return {
    features: state,
    nextFeatures: nextState,
    span,
    classes: Uint8Array.from(classes),
    scalars: new Float32Array(),
    rewards: Float32Array.of(reward),
    terminals: Uint8Array.of(isRuined ? 1 : 0),
    pointClasses: Uint8Array.from(points),
    pointScalars: new Float32Array(),
    candidateOffsets: Uint32Array.from([0, ...valid.map(({ length }) => end += length)]),
    candidatePoints: Uint8Array.from(points, (_, index) => index),
    candidateCosts: new Float32Array(points.length),
    regressionTargets,
  };
}

/** The values of a head that some candidate has, in their order. */
function choicesOf(candidates: readonly Candidate[], name: keyof Candidate["choices"]): number[] {
  const choices = candidates.flatMap(({ choices }) => choices[name] === null ? [] : [choices[name]]);
  return [...new Set(choices)].sort((a, b) => a - b);
}
