/** Adds up the rewards of several steps before the value of what follows: Σ_{i<n} γ^i r_t+i (Sutton & Barto 2018, section 7.1). */

/** A decision with what it and those after it earned. */
export interface Return {
  readonly features: Float32Array;
  readonly decision: number;
  readonly reward: number;
  /** Steps whose rewards were added up. */
  readonly span: number;
}

export class NStepReturns {
  readonly #steps: number;
  readonly #gamma: number;
  #waiting: Return[] = [];

  /** @param steps 1 or more. */
  constructor(steps: number, gamma: number) {
    this.#steps = steps;
    this.#gamma = gamma;
  }

  /** Takes up a decision. Returns those that are complete by it; at the end of an episode, or where it is cut off, all that wait. */
  add(features: Float32Array, decision: number, reward: number, isLast: boolean): readonly Return[] {
    this.#waiting.push({ features, decision, reward: 0, span: 0 });
    this.#waiting = this.#waiting.map((waiting) => ({
      ...waiting,
      reward: waiting.reward + this.#gamma ** waiting.span * reward,
      span: waiting.span + 1,
    }));
    const isComplete = ({ span }: Return) => isLast || span === this.#steps;
    const complete = this.#waiting.filter(isComplete);
    this.#waiting = this.#waiting.filter((waiting) => !isComplete(waiting));
    return complete;
  }
}
