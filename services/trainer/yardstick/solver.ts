/** Solves markets on their chains: the rule that earns most, and what any rule earns in the long run. Pure.
 *
 * A state is (market state s, position p before the decision); the market does not depend on the position. */
import { solveBanded } from "./banded_system.ts";
import { DECISIONS, FLAT, holdingCost, POSITIONS, tradingCost } from "./market.ts";
import type { Costs } from "./market.ts";
import { expectNext, type MarketChain } from "./market_chain.ts";

/** Probability of each decision, `[states, positions, decisions]`. */
export type Rule = Float64Array;

/** What a rule earns and trades a tick, in the long run. */
export interface Earnings {
  readonly reward: number;
  /** Mean units traded. */
  readonly turnover: number;
}

export interface Optimum extends Earnings {
  readonly rule: Rule;
}

/** Keeps periodic chains from running in circles (Puterman 1994, section 8.5.4). */
const LAZINESS = 0.2;
const TOLERANCE = 1e-10;
const MOST_SWEEPS = 200_000;
/** Chance a tick to start anew flat: makes the long-run mean unique where a rule may get stuck in one of several positions. */
const RESTART = 1e-9;

/** The most that can be earned, by relative value iteration (White 1963). @throws {RangeError} If it does not settle. */
export function solveOptimum(chain: MarketChain, costs: Costs): Optimum {
  const scale = costs.buy + costs.sell + costs.hold + Math.max(...chain.drift.map(Math.abs));
  const sweep = new Sweep(chain, costs, 1);
  for (let count = 0; count < MOST_SWEEPS; count++) {
    const { least, most } = sweep.run(LAZINESS);
    sweep.shift();
    // The best mean reward lies between the two (Odoni 1969).
    if (most - least < TOLERANCE * scale) {
      return { rule: sweep.rule(), ...evaluateRule(chain, costs, sweep.rule()) };
    }
  }
  throw new RangeError(
    `Cannot solve the market as values must settle within ${MOST_SWEEPS} sweeps: they still move`,
  );
}

/** The rule that is best for a trader who discounts, by value iteration. @param gamma Discount a tick, in [0, 1). */
export function solveDiscounted(chain: MarketChain, costs: Costs, gamma: number): Rule {
  const sweep = new Sweep(chain, costs, gamma);
  const sweeps = gamma === 0 ? 1 : Math.ceil(Math.log(TOLERANCE) / Math.log(gamma));
  for (let count = 0; count < sweeps; count++) sweep.run(0);
  return sweep.rule();
}

/** Takes what earns most in the coming tick, as if trading were free. */
export function costBlindRule(chain: MarketChain): Rule {
  return makeRule(chain, (state) => chain.drift[state] > 0 ? 2 : chain.drift[state] < 0 ? 0 : FLAT);
}

/** Takes any decision, at even odds. */
export function randomRule(chain: MarketChain): Rule {
  return new Float64Array(chain.states * DECISIONS * DECISIONS).fill(1 / DECISIONS);
}

export function makeRule(chain: MarketChain, decide: (state: number, held: number) => number): Rule {
  const rule = new Float64Array(chain.states * DECISIONS * DECISIONS);
  for (let row = 0; row < chain.states * DECISIONS; row++) {
    rule[row * DECISIONS + decide(Math.floor(row / DECISIONS), row % DECISIONS)] = 1;
  }
  return rule;
}

/** What a rule earns from a flat start in the long run: one linear solve for how often each state is visited. */
export function evaluateRule(chain: MarketChain, costs: Costs, rule: Rule): Earnings {
  const size = chain.states * DECISIONS;
  // Visits v solve v = (1 − restart) · v T + restart · start: one equation a state, T's transpose on the left.
  const start = new Float64Array(size);
  for (let state = 0; state < chain.states; state++) start[state * DECISIONS + FLAT] = RESTART / chain.states;
  const matrix = Array.from({ length: size }, (_, index) => {
    const row = new Float64Array(size);
    row[index] = 1;
    return row;
  });
  for (let row = 0; row < size; row++) {
    const state = Math.floor(row / DECISIONS);
    for (let decision = 0; decision < DECISIONS; decision++) {
      const chance = (1 - RESTART) * rule[row * DECISIONS + decision];
      if (chance === 0) continue;
      for (let next = chain.first[state]; next <= chain.last[state]; next++) {
        matrix[next * DECISIONS + decision][row] -= chance * chain.probability[state * chain.states + next];
      }
    }
  }
  const visits = solveBanded(matrix, start);
  const total = visits.reduce((sum, visit) => sum + visit, 0);
  let [reward, turnover] = [0, 0];
  visits.forEach((visit, row) => {
    const [state, held] = [Math.floor(row / DECISIONS), row % DECISIONS];
    for (let decision = 0; decision < DECISIONS; decision++) {
      const share = visit / total * rule[row * DECISIONS + decision];
      reward += share * (POSITIONS[decision] * chain.drift[state] - holdingCost(costs, decision) -
        tradingCost(costs, held, decision));
      turnover += share * Math.abs(POSITIONS[decision] - POSITIONS[held]);
    }
  });
  return { reward, turnover };
}

/** Bellman's operator on afterstate values. */
class Sweep {
  readonly #chain: MarketChain;
  readonly #gamma: number;
  /** Value of each position before the decision, by market state. */
  readonly #values: readonly Float64Array[];
  /** Value of each position after it. */
  readonly #afterstates: readonly Float64Array[];
  readonly #trading: readonly (readonly number[])[];
  readonly #holding: readonly number[];

  constructor(chain: MarketChain, costs: Costs, gamma: number) {
    this.#chain = chain;
    this.#gamma = gamma;
    this.#values = POSITIONS.map(() => new Float64Array(chain.states));
    this.#afterstates = POSITIONS.map(() => new Float64Array(chain.states));
    this.#trading = POSITIONS.map((_, from) => POSITIONS.map((_, to) => tradingCost(costs, from, to)));
    this.#holding = POSITIONS.map((_, decision) => holdingCost(costs, decision));
  }

  /** One sweep over all states. @returns The least and most that a value grew by, laziness apart. */
  run(laziness: number): { least: number; most: number } {
    this.#updateAfterstates();
    let [least, most] = [Infinity, -Infinity];
    this.#values.forEach((values, held) => {
      for (let state = 0; state < values.length; state++) {
        const growth = this.#worth(state, held, this.#best(state, held)) - values[state];
        least = Math.min(least, growth);
        most = Math.max(most, growth);
        values[state] += (1 - laziness) * growth;
      }
    });
    return { least, most };
  }

  /** Takes a constant from all values, so that they stay small. */
  shift(): void {
    const origin = this.#values[FLAT][0];
    for (const values of this.#values) values.forEach((value, state) => values[state] = value - origin);
  }

  rule(): Rule {
    this.#updateAfterstates();
    return makeRule(this.#chain, (state, held) => this.#best(state, held));
  }

  #updateAfterstates(): void {
    this.#afterstates.forEach((afterstates, decision) => {
      expectNext(this.#chain, this.#values[decision], afterstates);
      for (let state = 0; state < afterstates.length; state++) {
        afterstates[state] = POSITIONS[decision] * this.#chain.drift[state] - this.#holding[decision] +
          this.#gamma * afterstates[state];
      }
    });
  }

  #worth(state: number, held: number, decision: number): number {
    return this.#afterstates[decision][state] - this.#trading[held][decision];
  }

  /** The best decision; on a tie, what is held. */
  #best(state: number, held: number): number {
    let best = held;
    for (let decision = 0; decision < DECISIONS; decision++) {
      if (this.#worth(state, held, decision) > this.#worth(state, held, best)) best = decision;
    }
    return best;
  }
}
