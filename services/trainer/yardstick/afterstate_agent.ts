/** The product's agent: it decides greedily on values of afterstates, and every decision of every tick teaches. */
import { choose } from "../../core/model/choose.ts";
import type { Learner, LearnerStep } from "../../core/model/native_types.ts";
import type { Agent, Policy } from "./agent.ts";
import { DECISIONS, type Market, type Tick } from "./market.ts";
import { outcomeStep } from "./outcome_step.ts";
import { TickEnvironment } from "./tick_environment.ts";

/** All heads of a network for rows of features, the action head first. */
export interface Network {
  readonly outputs: number;
  forward(rows: Float32Array): Float32Array;
}

/** What a network's values decide, the way that inference does: the best of −cost + W, on a tie what is held.
 * @param costs Of going from a position to another, `[from][to]`, in the unit of the values. */
export function afterstatePolicy(
  { outputs, forward }: Network,
  costs: readonly (readonly number[])[],
): Policy {
  return (rows) => {
    const values = forward(rows);
    const decisions = new Uint8Array(values.length / outputs * DECISIONS);
    for (let row = 0; row < values.length / outputs; row++) {
      const ofRow = values.subarray(row * outputs, row * outputs + DECISIONS);
      for (let held = 0; held < DECISIONS; held++) {
        decisions[row * DECISIONS + held] = choose(ofRow, costs[held], held).action;
      }
    }
    return decisions;
  };
}

export class AfterstateAgent implements Agent {
  readonly policy: Policy;
  readonly #environment: TickEnvironment;
  readonly #regressionHeads: number;

  constructor(market: Market, made: { learner: Learner; outputs: number; regressionHeads: number }) {
    this.#environment = new TickEnvironment(market);
    this.#regressionHeads = made.regressionHeads;
    this.policy = afterstatePolicy(
      { outputs: made.outputs, forward: (rows) => made.learner.forward(rows) },
      this.#environment.costs,
    );
  }

  decide(features: Float32Array, held: number): number {
    return this.policy(features)[held];
  }

  learnFrom(tick: Tick): readonly LearnerStep[] {
    const targets = this.#environment.regressionTargets(tick, this.#regressionHeads);
    return [outcomeStep(tick, this.#environment.outcomes(tick), targets)];
  }
}
