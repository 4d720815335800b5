/** The yardsticks' convention as the learner sees it; rewards and costs in standard deviations of R. Pure. */
import type { Point } from "../../core/decisions/candidate.ts";
import type { NextCandidate, Outcome } from "../environment.ts";
import { holdingCost, type Market, POSITIONS, type Tick, tradingCost } from "./market.ts";
import { NO_SCALARS } from "./outcome_step.ts";

/** The account after each decision: the position says all. */
export const POSITION_POINTS: readonly Point[] = POSITIONS.map((_, decision) => ({
  class: decision,
  scalars: NO_SCALARS,
}));

export class TickEnvironment {
  /** Of going from a position to another: `[from][to]`. */
  readonly costs: readonly (readonly number[])[];
  readonly #market: Market;
  readonly #next: readonly (readonly NextCandidate[])[];

  constructor(market: Market) {
    this.#market = market;
    this.costs = POSITIONS.map((_, from) =>
      POSITIONS.map((_, to) => tradingCost(market.costs, from, to) / market.returnSd)
    );
    this.#next = this.costs.map((row) => row.map((cost, to) => ({ point: POSITION_POINTS[to], cost })));
  }

  /** What holding a decision's position earns over a tick, the decision's own cost apart. */
  reward(tick: Tick, decision: number): number {
    const { costs, returnSd } = this.#market;
    return (POSITIONS[decision] * tick.logReturn - holdingCost(costs, decision)) / returnSd;
  }

  /** All afterstates of a tick: the market does not react to our size. */
  outcomes(tick: Tick): readonly Outcome[] {
    return POSITION_POINTS.map((_, decision) => this.outcome(tick, decision));
  }

  outcome(tick: Tick, decision: number): Outcome {
    return {
      point: POSITION_POINTS[decision],
      reward: this.reward(tick, decision),
      isRuined: false,
      next: this.#next[decision],
    };
  }

  /** The size of the return, for each of so many regression heads. */
  regressionTargets(tick: Tick, heads: number): Float32Array {
    return new Float32Array(heads).fill(Math.abs(tick.logReturn) / this.#market.returnSd);
  }
}
