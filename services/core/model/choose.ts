/** Chooses an action from the network's outputs. Pure. */

export interface Evaluation {
  /** `Q(F, z, d) = -cost(z → y) + W(F, y)` of each action value, in reward units. */
  readonly q: readonly number[];
  readonly costs: readonly number[];
  /** Index of the chosen value. */
  readonly action: number;
}

/** Raised for outputs that are no numbers: nothing is decided on them. */
export class NotFiniteError extends RangeError {
  override name = "NotFiniteError";
}

/** Takes the best Q; on a tie keeps what is held, then the first.
 * @param values `W` of each action value. @param costs Cost of going there, in the same units. @param held Index held now.
 * @throws {NotFiniteError} If a Q is not a finite number. */
export function choose(values: ArrayLike<number>, costs: readonly number[], held: number): Evaluation {
  const q = costs.map((cost, index) => values[index] - cost);
  const wrong = q.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new NotFiniteError(`Cannot choose as every Q must be finite: value ${wrong} has ${q[wrong]}`);
  }
  let action = held;
  q.forEach((value, index) => {
    if (value > q[action]) action = index;
  });
  return { q, costs, action };
}
