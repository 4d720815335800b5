/** An agent of one branch on CartPole: ε-greedy while it learns, greedy where it is scored. */
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { LearnerStep } from "../../../core/model/native_types.ts";
import { NO_SCALARS, outcomeStep } from "../outcome_step.ts";
import type { Trial } from "../learning_run.ts";
import { NStepReturns } from "../n_step_returns.ts";
import type { Score } from "../score.ts";
import {
  ACTIONS,
  type CartPole,
  EPISODE_STEPS,
  hasFallen,
  pushCartPole,
  startCartPole,
} from "./cart_pole.ts";

/** Values of both actions for rows of features. */
export type ActionValues = (rows: Float32Array) => Float32Array;

/** Numbers of a state in units in which a good agent's are of size 1. */
export const FEATURES = 4;
const SCALES = [1, 1, 0.1, 1] as const;
/** What the agent is told of a fall; nothing else is said. A reward of 1 for every step would give the same values but for an offset
 * and a scale: the sum over T steps is (1 − γ^T) / (1 − γ), and here it is −γ^(T − 1). So nothing need be learned of standing. */
const FALL_REWARD = -1;
const SCORED_EPISODES = 100;
/** Names the random streams of the scored starts; no learner has them. */
const SCORE_STREAM = 1_000_003;
const NO_TARGETS = new Float32Array(0);
const NEXT = Array.from({ length: ACTIONS }, (_, action) => ({
  point: { class: action, scalars: NO_SCALARS },
  cost: 0,
}));

export interface CartPoleTrialParts {
  readonly values: ActionValues;
  /** Chance of a random action after so many steps. */
  readonly epsilonAt: (step: number) => number;
  /** Steps whose rewards are added up before the value of what follows. */
  readonly steps: number;
  /** Discount a step. */
  readonly gamma: number;
}

export class CartPoleTrial implements Trial<SeededRandom> {
  /** Nothing is earned by learning. */
  readonly earned = { expected: null, withLuck: null };
  readonly #parts: CartPoleTrialParts;
  readonly #returns: NStepReturns;
  #state: CartPole | null = null;
  #episodeSteps = 0;
  #steps = 0;

  constructor(parts: CartPoleTrialParts) {
    this.#parts = parts;
    this.#returns = new NStepReturns(parts.steps, parts.gamma);
  }

  /** Each step takes its chances from the same stream. */
  *path(random: SeededRandom): Generator<SeededRandom> {
    for (;;) yield random;
  }

  live(random: SeededRandom): readonly LearnerStep[] {
    const { values, epsilonAt } = this.#parts;
    const state = this.#state ?? startCartPole(() => random.uniform());
    const features = featuresOf([state]);
    const explores = random.uniform() < epsilonAt(this.#steps++);
    const action = explores ? random.bits() % ACTIONS : bestAction(values(features), 0);
    const next = pushCartPole(state, action);
    const isRuined = hasFallen(next);
    const isOver = isRuined || ++this.#episodeSteps === EPISODE_STEPS;
    this.#state = isOver ? null : next;
    if (isOver) this.#episodeSteps = 0;
    const nextFeatures = featuresOf([next]);
    return this.#returns.add(features, action, isRuined ? FALL_REWARD : 0, isOver).map(
      ({ features, decision, reward, span }) => {
        // An episode that is only out of time goes on in the values.
        const outcome = { point: NEXT[decision].point, reward, isRuined, next: NEXT };
        return outcomeStep({ features, nextFeatures }, [outcome], NO_TARGETS, span);
      },
    );
  }

  /** Greedy episodes, side by side so that the network takes them in one call. */
  score(): Score {
    const random = new SeededRandom(SCORE_STREAM);
    let standing = Array.from({ length: SCORED_EPISODES }, () => startCartPole(() => random.uniform()));
    let steps = 0;
    for (let step = 0; step < EPISODE_STEPS && standing.length > 0; step++) {
      const values = this.#parts.values(featuresOf(standing));
      steps += standing.length;
      standing = standing.map((state, row) => pushCartPole(state, bestAction(values, row)))
        .filter((state) => !hasFallen(state));
    }
    const episodeReturn = steps / SCORED_EPISODES;
    return { score: episodeReturn / EPISODE_STEPS, episodeReturn };
  }
}

/** States as the network sees them, row by row. */
function featuresOf(states: readonly CartPole[]): Float32Array {
  const rows = new Float32Array(states.length * FEATURES);
  states.forEach(({ position, velocity, angle, spin }, row) => {
    [position, velocity, angle, spin].forEach((value, input) =>
      rows[row * FEATURES + input] = value / SCALES[input]
    );
  });
  return rows;
}

function bestAction(values: Float32Array, row: number): number {
  return values[row * ACTIONS + 1] > values[row * ACTIONS] ? 1 : 0;
}
