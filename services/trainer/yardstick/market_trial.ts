/** An agent on a market, beside the optimal rule on the same ticks. */
import type { SeededRandom } from "../../core/market/seeded_random.ts";
import type { LearnerStep } from "../../core/model/native_types.ts";
import type { Agent } from "./agent.ts";
import type { Earned, Trial } from "./learning_run.ts";
import { FLAT, holdingCost, type Market, POSITIONS, type Tick, tradingCost } from "./market.ts";
import type { Score } from "./score.ts";
import { decisionOf, type Scorer } from "./scorer.ts";

export class MarketTrial implements Trial<Tick> {
  readonly #scorer: Scorer;
  readonly #agent: Agent;
  readonly #learning: Purse;
  readonly #optimal: Purse;

  constructor(scorer: Scorer, agent: Agent) {
    this.#scorer = scorer;
    this.#agent = agent;
    this.#learning = new Purse(scorer.market);
    this.#optimal = new Purse(scorer.market);
  }

  path(random: SeededRandom): Generator<Tick> {
    return this.#scorer.market.path(random, "learning");
  }

  live(tick: Tick): readonly LearnerStep[] {
    const { held } = this.#learning;
    const decision = this.#agent.decide(tick.features, held);
    this.#learning.go(tick, decision);
    this.#optimal.go(tick, decisionOf(this.#scorer.optimum.rule, tick.state, this.#optimal.held));
    return this.#agent.learnFrom(tick, held, decision);
  }

  score(): Score {
    return this.#scorer.score(this.#agent.policy);
  }

  get earned(): Earned {
    const shareOf = (part: number, whole: number) =>
      this.#scorer.isWorthTrading && whole > 0 ? part / whole : null;
    return {
      expected: shareOf(this.#learning.expected, this.#optimal.expected),
      withLuck: shareOf(this.#learning.reward, this.#optimal.reward),
    };
  }
}

/** A position and what it has earned. */
class Purse {
  held: number = FLAT;
  reward = 0;
  /** With each return's mean given what a perfect observer knows. */
  expected = 0;
  readonly #market: Market;

  constructor(market: Market) {
    this.#market = market;
  }

  go(tick: Tick, decision: number): void {
    const { costs } = this.#market;
    const paid = holdingCost(costs, decision) + tradingCost(costs, this.held, decision);
    this.reward += POSITIONS[decision] * tick.logReturn - paid;
    this.expected += POSITIONS[decision] * tick.expectedReturn - paid;
    this.held = decision;
  }
}
