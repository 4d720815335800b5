/** One learner on one path: it decides each tick, then learns from it, and is scored now and then. */
import { SeededRandom } from "../../core/market/seeded_random.ts";
import type { Learner, LearnerStep } from "../../core/model/native_types.ts";
import type { Score } from "./score.ts";

/** Ticks between two scores, unless told otherwise. */
const SCORE_EVERY = 50;
/** Ticks over which money earned while learning counts. */
const EARNING_TICKS = 4_000;
/** A level is reached when the mean of so many scores is above it. */
const MEAN_OF = 3;
export const LEVELS = [0.8, 0.9, 0.95] as const;

export interface CurvePoint {
  readonly tick: number;
  readonly score: number;
}

/** Earned while learning, over what the optimal rule earned on the same ticks; null where that is nothing. */
export interface Earned {
  /** Returns count by their mean given what a perfect observer knows, as in the scores: on 4,000 ticks luck moves the share by
   * some 0.06. */
  readonly expected: number | null;
  /** The same with the returns that came. */
  readonly withLuck: number | null;
}

export interface LearningRun {
  readonly seed: number;
  readonly final: Score;
  readonly curve: readonly CurvePoint[];
  /** Ticks until the curve passed each of {@link LEVELS}; null if never. */
  readonly ticksTo: readonly (number | null)[];
  readonly earned: Earned;
  readonly updates: number;
  readonly seconds: number;
}

/** Somebody who decides and learns tick by tick. */
export interface Trial<T> {
  /** An endless path to learn from. */
  path(random: SeededRandom): Generator<T>;
  /** Decides, earns, and tells what the tick teaches. */
  live(tick: T): readonly LearnerStep[];
  /** So far. */
  readonly earned: Earned;
  /** What would be earned without learning on. */
  score(): Score;
}

export interface LearningRunOptions<T> {
  readonly trial: Trial<T>;
  readonly learner: Learner;
  /** Updates after so many ticks. */
  readonly updatesAt: (tick: number) => number;
  readonly seed: number;
  readonly ticks: number;
  /** Ticks between two scores; {@link SCORE_EVERY} if left out. */
  readonly scoreEvery?: number;
}

/** Names the random streams of the paths to learn from. */
export const PATH_STREAM = 11;

export async function learn<T>(options: LearningRunOptions<T>): Promise<LearningRun> {
  const { trial, learner, updatesAt, seed, ticks, scoreEvery = SCORE_EVERY } = options;
  const startedMs = performance.now();
  const curve: CurvePoint[] = [];
  let [count, earned] = [0, trial.earned];
  for (const tick of trial.path(new SeededRandom(seed, PATH_STREAM)).take(ticks)) {
    for (const step of trial.live(tick)) learner.push(step);
    if (count < EARNING_TICKS) earned = trial.earned;
    const updates = updatesAt(count);
    if (updates > 0 && learner.replayed > 0) await learner.train(updates);
    count++;
    if (count % scoreEvery === 0) curve.push({ tick: count, score: trial.score().score });
  }
  return {
    seed,
    final: trial.score(),
    curve,
    ticksTo: LEVELS.map((level) => ticksTo(level, curve)),
    earned,
    updates: learner.updates,
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

/** The first tick at which the mean of the last scores is at least `level`; null if there is none. */
export function ticksTo(level: number, curve: readonly CurvePoint[]): number | null {
  for (let end = MEAN_OF; end <= curve.length; end++) {
    const recent = curve.slice(end - MEAN_OF, end);
    if (recent.reduce((sum, { score }) => sum + score, 0) / MEAN_OF >= level) return curve[end - 1].tick;
  }
  return null;
}
