/** The yardsticks' convention as the learner sees it; rewards and costs in standard deviations of R. */
import type { Environment } from "../environment.ts";
import { DECISIONS, holdingCost, type Market, POSITIONS, type Tick, tradingCost } from "./market.ts";

export class TickEnvironment implements Environment<Tick> {
  readonly decisions = DECISIONS;
  readonly #market: Market;
  readonly #regressionHeads: number;

  constructor(market: Market, regressionHeads: number) {
    this.#market = market;
    this.#regressionHeads = regressionHeads;
  }

  afterstate(tick: Tick, decision: number): { reward: number; isRuined: boolean } {
    const { costs, returnSd } = this.#market;
    const earned = POSITIONS[decision] * tick.logReturn - holdingCost(costs, decision);
    return { reward: earned / returnSd, isRuined: false };
  }

  cost(_tick: unknown, from: number, to: number): number {
    return tradingCost(this.#market.costs, from, to) / this.#market.returnSd;
  }

  regressionTargets(tick: Tick): Float32Array {
    return new Float32Array(this.#regressionHeads).fill(Math.abs(tick.logReturn) / this.#market.returnSd);
  }
}
