/** What the learner needs to know of a market, and the step that it learns from it. Pure.
 *
 * Trading and the yardsticks' markets implement the same interface, so that nothing else differs between them. */
import type { Point } from "../core/decisions/candidate.ts";
import type { LearnerStep } from "../core/model/native_types.ts";

/** A market's step from one decision to the next. */
export interface MarketStep {
  readonly features: Float32Array;
  readonly nextFeatures: Float32Array;
}

/** An account that the step's next decision may lead to. */
export interface NextCandidate {
  readonly point: Point;
  /** What it costs to go there, in the reward's unit; never negative. */
  readonly cost: number;
}

/** What became of one afterstate over a step. */
export interface Outcome {
  /** The account right after the decision. */
  readonly point: Point;
  /** What it earned, the decision's own cost apart. */
  readonly reward: number;
  /** Ruin is terminal: nothing follows it. */
  readonly isRuined: boolean;
  /** Everything that can be decided next; at least one. Equal points are the same object wherever that can be had. */
  readonly next: readonly NextCandidate[];
}

export interface Environment<Step extends MarketStep> {
  /** Scalars of a point. */
  readonly scalars: number;
  /** The afterstates to learn from. */
  outcomes(step: Step): readonly Outcome[];
  /** What the regression heads predict, in their order. */
  regressionTargets(step: Step): Float32Array;
}

/** Candidates name their points by one byte. */
export const MOST_POINTS = 256;

/** The outcomes of a step as the engine takes them: each next point once, candidates by its number.
 * @throws {RangeError} If there are more points than a step may hold. */
export function learnerStep<Step extends MarketStep>(
  environment: Environment<Step>,
  step: Step,
): LearnerStep {
  const outcomes = environment.outcomes(step);
  const points = new Map<Point, number>();
  const numberOf = (point: Point): number => {
    const known = points.get(point);
    if (known !== undefined) return known;
    points.set(point, points.size);
    return points.size - 1;
  };
  const following = outcomes.map(({ isRuined, next }) => isRuined ? [] : next);
  const candidates = following.flat();
  const candidatePoints = candidates.map(({ point }) => numberOf(point));
  if (points.size > MOST_POINTS) {
    throw new RangeError(
      `Cannot learn a step as its next decisions may lead to ${MOST_POINTS} accounts: they lead to ${points.size}`,
    );
  }
  return {
    features: step.features,
    nextFeatures: step.nextFeatures,
    ...rowsOf(outcomes.map(({ point }) => point), environment.scalars),
    rewards: Float32Array.from(outcomes, ({ reward }) => reward),
    terminals: Uint8Array.from(outcomes, ({ isRuined }) => isRuined ? 1 : 0),
    ...pointRows([...points.keys()], environment.scalars),
    candidateOffsets: offsetsOf(following.map(({ length }) => length)),
    candidatePoints: Uint8Array.from(candidatePoints),
    candidateCosts: Float32Array.from(candidates, ({ cost }) => cost),
    regressionTargets: environment.regressionTargets(step),
  };
}

/** Points as the engine takes them. @param scalars Of each point. */
export function rowsOf(
  points: readonly Point[],
  scalars: number,
): { readonly classes: Uint8Array; readonly scalars: Float32Array } {
  const flat = new Float32Array(points.length * scalars);
  points.forEach((point, index) => flat.set(point.scalars, index * scalars));
  return { classes: Uint8Array.from(points, (point) => point.class), scalars: flat };
}

function pointRows(points: readonly Point[], scalars: number) {
  const rows = rowsOf(points, scalars);
  return { pointClasses: rows.classes, pointScalars: rows.scalars };
}

/** Where each of the lists begins in all of them behind each other, and their end. */
function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, index) => offsets[index + 1] = offsets[index] + length);
  return offsets;
}
