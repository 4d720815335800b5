/** One learner on one path: it decides each tick greedily, then learns from it, and is scored now and then. */
import { SeededRandom } from "../../core/market/seeded_random.ts";
import type { Learner } from "../../core/model/native_types.ts";
import { learnerStep } from "../environment.ts";
import { DECISIONS, FLAT, holdingCost, POSITIONS, type Tick, tradingCost } from "./market.ts";
import { decisionOf, type Network, type Score, type Scorer } from "./scorer.ts";
import { TickEnvironment } from "./tick_environment.ts";

/** Ticks between two scores. */
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

export interface LearningRun {
  readonly seed: number;
  readonly final: Score;
  readonly curve: readonly CurvePoint[];
  /** Ticks until the curve passed each of {@link LEVELS}; null if never. */
  readonly ticksTo: readonly (number | null)[];
  /** Earned while learning, over what the optimal rule earned on the same ticks; null where that is nothing. Returns count by
   * their mean given what a perfect observer knows, as in the scores: on 4,000 ticks luck moves the share by some 0.06. */
  readonly earned: number | null;
  /** The same with the returns that came. */
  readonly earnedWithLuck: number | null;
  readonly updates: number;
  readonly seconds: number;
}

export interface LearningRunOptions {
  readonly scorer: Scorer;
  readonly learner: Learner;
  /** The network's outputs a row, and how many heads are regressions. */
  readonly outputs: number;
  readonly regressionHeads: number;
  /** Updates after so many ticks. */
  readonly updatesAt: (tick: number) => number;
  readonly seed: number;
  readonly ticks: number;
}

/** Names the random streams of the paths to learn from. */
export const PATH_STREAM = 11;

export async function learn(options: LearningRunOptions): Promise<LearningRun> {
  const { scorer, learner, outputs, regressionHeads, updatesAt, seed, ticks } = options;
  const { market } = scorer;
  const startedMs = performance.now();
  const environment = new TickEnvironment(market, regressionHeads);
  const network: Network = { outputs, forward: (rows) => learner.forward(rows) };
  const learning = new Purse(scorer);
  const optimal = new Purse(scorer);
  const curve: CurvePoint[] = [];
  let count = 0;
  for (const tick of market.path(new SeededRandom(seed, PATH_STREAM), "learning").take(ticks)) {
    if (count < EARNING_TICKS) {
      learning.go(tick, scorer.decide(learner.forward(tick.features).subarray(0, DECISIONS), learning.held));
      optimal.go(tick, decisionOf(scorer.optimum.rule, tick.state, optimal.held));
    }
    learner.push(learnerStep(environment, tick));
    const updates = updatesAt(count);
    if (updates > 0) await learner.train(updates);
    count++;
    if (count % SCORE_EVERY === 0) curve.push({ tick: count, score: scorer.score(network).score });
  }
  const shareOf = (part: number, whole: number) => scorer.isWorthTrading && whole > 0 ? part / whole : null;
  return {
    seed,
    final: scorer.score(network),
    curve,
    ticksTo: LEVELS.map((level) => ticksTo(level, curve)),
    earned: shareOf(learning.expected, optimal.expected),
    earnedWithLuck: shareOf(learning.reward, optimal.reward),
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

/** A position and what it has earned. */
class Purse {
  held: number = FLAT;
  reward = 0;
  expected = 0;
  readonly #scorer: Scorer;

  constructor(scorer: Scorer) {
    this.#scorer = scorer;
  }

  go(tick: Tick, decision: number): void {
    const { costs } = this.#scorer.market;
    const paid = holdingCost(costs, decision) + tradingCost(costs, this.held, decision);
    this.reward += POSITIONS[decision] * tick.logReturn - paid;
    this.expected += POSITIONS[decision] * tick.expectedReturn - paid;
    this.held = decision;
  }
}
