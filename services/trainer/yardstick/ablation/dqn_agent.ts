/** A DQN on a market, for comparison: it explores, and sees its position as one more feature. What the product does otherwise can be
 * added piece by piece; the learner is the same. */
import { choose } from "../../../core/model/choose.ts";
import type { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { Learner, LearnerStep } from "../../../core/model/native_types.ts";
import type { NextCandidate } from "../../environment.ts";
import { afterstatePolicy } from "../afterstate_agent.ts";
import type { Agent, Policy } from "../agent.ts";
import { NStepReturns, type Return } from "../n_step_returns.ts";
import { outcomeStep } from "../outcome_step.ts";
import { DECISIONS, type Market, POSITIONS, type Tick } from "../market.ts";
import { POSITION_POINTS, TickEnvironment } from "../tick_environment.ts";

export interface DqnParts {
  readonly market: Market;
  readonly learner: Learner;
  /** Width of an output row; values come first. */
  readonly outputs: number;
  readonly random: SeededRandom;
  /** Chance of a random decision after so many ticks. */
  readonly epsilonAt: (tick: number) => number;
  /** Values are those of the account after the decision: the position is no feature, and costs are subtracted exactly. */
  readonly isAfterstate: boolean;
  /** Every decision of a tick teaches, from every position, not the one that was taken alone. */
  readonly isCounterfactual: boolean;
  /** Ticks whose rewards are added up before the value of what follows. */
  readonly steps: number;
  /** Discount a tick. */
  readonly gamma: number;
}

/** Deciding next costs nothing more: costs are in the rewards. */
const FREE: readonly NextCandidate[] = POSITION_POINTS.map((point) => ({ point, cost: 0 }));
const NO_TARGETS = new Float32Array(0);

/** Width of what the network sees of a market. */
export function dqnInputs(market: Market, isAfterstate: boolean): number {
  return isAfterstate ? market.inputs : market.inputs + DECISIONS;
}

export class DqnAgent implements Agent {
  readonly policy: Policy;
  readonly #parts: DqnParts;
  readonly #environment: TickEnvironment;
  readonly #returns: NStepReturns;
  #ticks = 0;

  /** @throws {RangeError} If rewards of several ticks are to be added up for decisions that were not taken, or for afterstates. */
  constructor(parts: DqnParts) {
    if (parts.steps > 1 && (parts.isCounterfactual || parts.isAfterstate)) {
      throw new RangeError(
        `Cannot make the agent as rewards of several ticks must follow decisions that were taken: it adds up ${parts.steps}`,
      );
    }
    this.#parts = parts;
    this.#environment = new TickEnvironment(parts.market);
    this.#returns = new NStepReturns(parts.steps, parts.gamma);
    const forward = (rows: Float32Array) => parts.learner.forward(rows);
    this.policy = parts.isAfterstate
      ? afterstatePolicy({ outputs: parts.outputs, forward }, this.#environment.costs)
      : (rows) => this.#decideAll(rows, forward);
  }

  decide(features: Float32Array, held: number): number {
    const { random, epsilonAt } = this.#parts;
    if (random.uniform() < epsilonAt(this.#ticks++)) return random.bits() % DECISIONS;
    return this.policy(features)[held];
  }

  learnFrom(tick: Tick, held: number, decision: number): readonly LearnerStep[] {
    const { isAfterstate, isCounterfactual } = this.#parts;
    if (isAfterstate) {
      const outcomes = isCounterfactual
        ? this.#environment.outcomes(tick)
        : [this.#environment.outcome(tick, decision)];
      return [outcomeStep(tick, outcomes, NO_TARGETS)];
    }
    if (isCounterfactual) {
      return POSITIONS.flatMap((_, from) => POSITIONS.map((_, to) => this.#transition(tick, from, to)));
    }
    const nextFeatures = withPosition(tick.nextFeatures, decision);
    const reward = this.#reward(tick, held, decision);
    return this.#returns.add(withPosition(tick.features, held), decision, reward, false).map((complete) =>
      this.#step(complete, nextFeatures)
    );
  }

  #transition(tick: Tick, held: number, decision: number): LearnerStep {
    const reward = this.#reward(tick, held, decision);
    const features = withPosition(tick.features, held);
    return this.#step({ features, decision, reward, span: 1 }, withPosition(tick.nextFeatures, decision));
  }

  #step({ features, decision, reward, span }: Return, nextFeatures: Float32Array): LearnerStep {
    const outcome = { point: POSITION_POINTS[decision], reward, isRuined: false, next: FREE };
    return outcomeStep({ features, nextFeatures }, [outcome], NO_TARGETS, span);
  }

  #reward(tick: Tick, held: number, decision: number): number {
    return this.#environment.reward(tick, decision) - this.#environment.costs[held][decision];
  }

  #decideAll(rows: Float32Array, forward: (rows: Float32Array) => Float32Array): Uint8Array {
    const width = this.#parts.market.inputs;
    const count = rows.length / width;
    const seen = new Float32Array(count * DECISIONS * (width + DECISIONS));
    for (let row = 0; row < count; row++) {
      const features = rows.subarray(row * width, (row + 1) * width);
      for (let held = 0; held < DECISIONS; held++) {
        seen.set(withPosition(features, held), (row * DECISIONS + held) * (width + DECISIONS));
      }
    }
    const values = forward(seen);
    const { outputs } = this.#parts;
    return Uint8Array.from(
      { length: count * DECISIONS },
      (_, index) =>
        choose(values.subarray(index * outputs, index * outputs + DECISIONS), NO_COSTS, index % DECISIONS)
          .action,
    );
  }
}

const NO_COSTS = POSITIONS.map(() => 0);

/** Features, then the position as one of three. */
function withPosition(features: Float32Array, held: number): Float32Array {
  const seen = new Float32Array(features.length + DECISIONS);
  seen.set(features);
  seen[features.length + held] = 1;
  return seen;
}
