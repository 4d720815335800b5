/** Accounts and outcomes as the yardsticks have them, and what the addon makes of them: the one file here that knows its steps
 * and calls. */
import type { Learner, LearnerConfig, LearnerStep } from "../../core/model/native_types.ts";
import type { MarketStep } from "../environment.ts";

/** An account right after a decision, as the network sees it. */
export interface Point {
  readonly class: number;
  /** What describes the rest of it; empty where the class says all. */
  readonly scalars: Float32Array;
}

/** Where a next decision leads, and what it costs, which is never negative. */
export interface Next {
  readonly point: Point;
  readonly cost: number;
}

/** What became of an afterstate over a step. Rewards and costs have one unit. */
export interface Outcome {
  readonly point: Point;
  /** What it earned, the decision's own cost apart. */
  readonly reward: number;
  /** Nothing follows it. */
  readonly isRuined: boolean;
  readonly next: readonly Next[];
}

export const NO_SCALARS = new Float32Array(0);

/** @param span Ticks from the step's features to its next ones. @throws {RangeError} If the addon cannot take it. */
export function outcomeStep(
  { features, nextFeatures }: MarketStep,
  outcomes: readonly Outcome[],
  regressionTargets: Float32Array,
  span = 1,
): LearnerStep {
  const scalars = outcomes.flatMap(({ point, next }) => [point, ...next.map((candidate) => candidate.point)])
    .reduce((most, point) => Math.max(most, point.scalars.length), 0);
  if (scalars > 0 || span !== 1) {
    throw new RangeError(
      `Cannot make a step as it must have no account scalars and a span of 1: it has ${scalars} and ${span}`,
    );
  }
  const following = outcomes.map(({ isRuined, next }) => isRuined ? [] : next);
  const candidates = following.flat();
  const offsets = new Uint32Array(outcomes.length + 1);
  following.forEach(({ length }, index) => offsets[index + 1] = offsets[index] + length);
  return {
    features,
    nextFeatures,
    classes: Uint8Array.from(outcomes, ({ point }) => point.class),
    rewards: Float32Array.from(outcomes, ({ reward }) => reward),
    terminals: Uint8Array.from(outcomes, ({ isRuined }) => Number(isRuined)),
    candidateOffsets: offsets,
    candidateClasses: Uint8Array.from(candidates, ({ point }) => point.class),
    candidateCosts: Float32Array.from(candidates, ({ cost }) => cost),
    regressionTargets,
  };
}

/** How much a step may hold at most. */
export interface StepLimits {
  readonly afterstates: number;
  /** Different accounts that next decisions lead to. */
  readonly points: number;
  /** Next decisions of one afterstate. */
  readonly candidates: number;
}

/** What a network is to know of an account. */
export interface AccountPart {
  /** Numbers that describe it beside its class. */
  readonly scalars: number;
  /** Units that take them in. */
  readonly hidden: number;
}

/** @throws {RangeError} If the addon has no account part. */
export function shapeConfig(
  config: LearnerConfig,
  limits: StepLimits,
  account: AccountPart | null,
): LearnerConfig {
  if (account !== null) {
    throw new RangeError(
      `Cannot make a learner as its accounts must have no scalars: they have ${account.scalars}`,
    );
  }
  return { ...config, max_afterstates: limits.afterstates, max_candidates: limits.candidates };
}

/** W of accounts. @param rowOfPoint The row of features of each. */
export function valuesOf(
  learner: Learner,
  outputs: number,
  rows: Float32Array,
  rowOfPoint: Uint32Array,
  points: readonly Point[],
): Float32Array {
  const values = learner.forward(rows);
  return Float32Array.from(
    points,
    ({ class: output }, index) => values[rowOfPoint[index] * outputs + output],
  );
}
