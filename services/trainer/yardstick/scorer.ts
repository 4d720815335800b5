/** Scores what an agent would decide: 1 is the optimum, 0 is nothing. Where nothing can be earned, 1 is flat and 0 is random. */
import { SeededRandom } from "../../core/market/seeded_random.ts";
import type { Policy } from "./agent.ts";
import { DECISIONS, FLAT, holdingCost, type Market, POSITIONS, type Tick, tradingCost } from "./market.ts";
import type { Score } from "./score.ts";
import {
  costBlindRule,
  type Earnings,
  evaluateRule,
  type Optimum,
  randomRule,
  type Rule,
  solveOptimum,
} from "./solver.ts";

/** Ticks of the held-out path; its random stream is no learner's. */
const HELD_OUT_TICKS = 24_000;
const HELD_OUT_STREAM = 1_000_003;
/** The share of the costs below which the most that can be earned counts as nothing. */
const NOTHING = 1e-6;

export class Scorer {
  readonly market: Market;
  readonly optimum: Optimum;
  readonly costBlind: Earnings;
  readonly random: Earnings;
  readonly #heldOut: HeldOut | null;

  constructor(market: Market) {
    this.market = market;
    this.optimum = solveOptimum(market.chain, market.costs);
    this.costBlind = evaluateRule(market.chain, market.costs, costBlindRule(market.chain));
    this.random = evaluateRule(market.chain, market.costs, randomRule(market.chain));
    this.#heldOut = market.stateFeatures === null ? new HeldOut(market, this.optimum.rule) : null;
  }

  /** Whether the market can be earned on at all. */
  get isWorthTrading(): boolean {
    return this.optimum.reward > NOTHING * -this.random.reward;
  }

  score(policy: Policy): Score & Earnings {
    return this.#heldOut === null ? this.#scoreExactly(policy) : this.#scoreHeldOut(policy, this.#heldOut);
  }

  #scoreExactly(policy: Policy): Score & Earnings {
    const { chain, costs, stateFeatures } = this.market;
    const { rows, rowsPerState } = stateFeatures!;
    const rule: Rule = new Float64Array(chain.states * DECISIONS * DECISIONS);
    policy(rows).forEach((decision, index) => {
      const [row, held] = [Math.floor(index / DECISIONS), index % DECISIONS];
      const state = Math.floor(row / rowsPerState);
      rule[(state * DECISIONS + held) * DECISIONS + decision] += 1 / rowsPerState;
    });
    const earnings = evaluateRule(chain, costs, rule);
    return { ...earnings, score: this.#relate(earnings, this.optimum) };
  }

  #scoreHeldOut(policy: Policy, heldOut: HeldOut): Score & Earnings {
    const decisions = policy(heldOut.rows);
    const earnings = heldOut.follow((row, held) => decisions[row * DECISIONS + held]);
    return { ...earnings, score: this.#relate(earnings, heldOut.optimum) };
  }

  #relate(earnings: Earnings, optimum: Earnings): number {
    return this.isWorthTrading ? earnings.reward / optimum.reward : 1 - earnings.reward / this.random.reward;
  }
}

/** A path that no learner sees. Returns count by their mean given what a perfect observer knows, and the optimal rule runs on
 * the same ticks, so that luck is not scored. */
class HeldOut {
  readonly rows: Float32Array;
  readonly optimum: Earnings;
  readonly #market: Market;
  readonly #ticks: readonly Tick[];

  constructor(market: Market, optimalRule: Rule) {
    this.#market = market;
    this.#ticks = market.path(new SeededRandom(HELD_OUT_STREAM), "held-out").take(HELD_OUT_TICKS).toArray();
    this.rows = new Float32Array(HELD_OUT_TICKS * market.inputs);
    this.#ticks.forEach((tick, row) => this.rows.set(tick.features, row * market.inputs));
    this.optimum = this.follow((row, held) => decisionOf(optimalRule, this.#ticks[row].state, held));
  }

  /** What decisions earn and trade a tick from a flat start. */
  follow(decide: (row: number, held: number) => number): Earnings {
    const { costs } = this.#market;
    let [held, reward, turnover] = [FLAT as number, 0, 0];
    this.#ticks.forEach(({ expectedReturn }, row) => {
      const decision = decide(row, held);
      reward += POSITIONS[decision] * expectedReturn - holdingCost(costs, decision) -
        tradingCost(costs, held, decision);
      turnover += Math.abs(POSITIONS[decision] - POSITIONS[held]);
      held = decision;
    });
    return { reward: reward / this.#ticks.length, turnover: turnover / this.#ticks.length };
  }
}

/** What a rule without chance decides. */
export function decisionOf(rule: Rule, state: number, held: number): number {
  const row = (state * DECISIONS + held) * DECISIONS;
  return rule.subarray(row, row + DECISIONS).indexOf(1);
}
