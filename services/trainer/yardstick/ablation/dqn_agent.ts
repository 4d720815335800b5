/** A DQN on a market, for comparison: it explores, and sees its position as one more feature. What the product does otherwise can be
 * added piece by piece; the learner is the same. */
import { choose } from "../../../core/model/choose.ts";
import type { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { Learner, LearnerStep } from "../../../core/model/native_types.ts";
import { afterstatePolicy } from "../afterstate_agent.ts";
import type { Agent, Policy } from "../agent.ts";
import { type Next, outcomeStep } from "../engine_port.ts";
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
const FREE: readonly Next[] = POSITION_POINTS.map((point) => ({ point, cost: 0 }));
const NO_TARGETS = new Float32Array(0);

/** Width of what the network sees of a market. */
export function dqnInputs(market: Market, isAfterstate: boolean): number {
  return isAfterstate ? market.inputs : market.inputs + DECISIONS;
}

/** A transition that waits for the ticks after it. */
interface Waiting {
  readonly features: Float32Array;
  readonly decision: number;
  reward: number;
  ticks: number;
}

export class DqnAgent implements Agent {
  readonly policy: Policy;
  readonly #parts: DqnParts;
  readonly #environment: TickEnvironment;
  #ticks = 0;
  #waiting: Waiting[] = [];

  /** @throws {RangeError} If rewards of several ticks are to be added up for decisions that were not taken, or for afterstates. */
  constructor(parts: DqnParts) {
    if (parts.steps > 1 && (parts.isCounterfactual || parts.isAfterstate)) {
      throw new RangeError(
        `Cannot make the agent as rewards of several ticks must follow decisions that were taken: it adds up ${parts.steps}`,
      );
    }
    this.#parts = parts;
    this.#environment = new TickEnvironment(parts.market);
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
    const { isAfterstate, isCounterfactual, steps } = this.#parts;
    if (isAfterstate) {
      const outcomes = isCounterfactual
        ? this.#environment.outcomes(tick)
        : [this.#environment.outcome(tick, decision)];
      return [outcomeStep(tick, outcomes, NO_TARGETS)];
    }
    if (steps > 1) return this.#learnLater(tick, held, decision);
    if (!isCounterfactual) return [this.#transition(tick, held, decision)];
    return POSITIONS.flatMap((_, from) => POSITIONS.map((_, to) => this.#transition(tick, from, to)));
  }

  #transition(tick: Tick, held: number, decision: number): LearnerStep {
    return outcomeStep({
      features: withPosition(tick.features, held),
      nextFeatures: withPosition(tick.nextFeatures, decision),
    }, [{
      point: POSITION_POINTS[decision],
      reward: this.#reward(tick, held, decision),
      isRuined: false,
      next: FREE,
    }], NO_TARGETS);
  }

  /** What the ticks since a decision earned, as taken, and where they led. */
  #learnLater(tick: Tick, held: number, decision: number): readonly LearnerStep[] {
    const { steps, gamma } = this.#parts;
    this.#waiting.push({ features: withPosition(tick.features, held), decision, reward: 0, ticks: 0 });
    const reward = this.#reward(tick, held, decision);
    for (const waiting of this.#waiting) waiting.reward += gamma ** waiting.ticks++ * reward;
    const nextFeatures = withPosition(tick.nextFeatures, decision);
    const ripe = this.#waiting.filter(({ ticks }) => ticks === steps);
    this.#waiting = this.#waiting.filter(({ ticks }) => ticks < steps);
    return ripe.map(({ features, decision, reward }) =>
      outcomeStep(
        { features, nextFeatures },
        [{ point: POSITION_POINTS[decision], reward, isRuined: false, next: FREE }],
        NO_TARGETS,
        steps,
      )
    );
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
