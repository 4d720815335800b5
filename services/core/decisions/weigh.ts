/** Weighs what can be done by the network's values, and says what is best and what comes next. Pure. */
import type { WeighedOption } from "../contracts/lane.ts";
import { choose, NotFiniteError } from "../model/choose.ts";
import type { Candidate, DecidingHead } from "./candidate.ts";
import type { DecisionSpace } from "./decision_space.ts";

export interface Weighing {
  readonly candidates: readonly Candidate[];
  /** Of each candidate, net of its cost. */
  readonly q: readonly number[];
  readonly costs: readonly number[];
  /** Index of what is done. */
  readonly chosen: number;
  /** Index of the best of what else could be done; null if nothing could. */
  readonly runnerUp: number | null;
  /** By head that decides: the best Q with each value; null for one that could not be chosen. */
  readonly heads: Readonly<Record<string, (number | null)[]>>;
}

/** Takes the best `Q = −cost + W`; on a tie the keep, then the first.
 * @param values W of each candidate's point.  @param costs Of each candidate, in the same unit.
 * @throws {NotFiniteError} If a Q is not a finite number. */
export function weighAfterstates(
  space: DecisionSpace,
  candidates: readonly Candidate[],
  values: ArrayLike<number>,
  costs: readonly number[],
): Weighing {
  const { q, action } = choose(values, costs, keepIn(candidates));
  const heads = space.headValues(candidates, q);
  return { candidates, q, costs, chosen: action, runnerUp: bestOf(q, (index) => index !== action), heads };
}

/** Takes the best action by its branch, and within it the best value of each other branch. A candidate's Q is that of its
 * action; the runner-up is the best candidate of another action.
 * @param branches The outputs of each head that decides.
 * @throws {NotFiniteError} If an output is not a finite number. */
export function weighBranches(
  space: DecisionSpace,
  candidates: readonly Candidate[],
  branches: Readonly<Record<string, ArrayLike<number>>>,
): Weighing {
  for (const { name, size } of space.heads) {
    const wrong = Array.from({ length: size }, (_, index) => branches[name]?.[index] ?? NaN)
      .findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new NotFiniteError(`Cannot choose as every Q must be finite: ${name} ${wrong} is not`);
    }
  }
  const valueOf = (candidate: Candidate, head: DecidingHead) =>
    candidate.choices[head] === null ? 0 : branches[head]?.[candidate.choices[head]] ?? 0;
  const q = candidates.map((candidate) => valueOf(candidate, "action"));
  const detail = candidates.map((candidate) =>
    valueOf(candidate, "size") + valueOf(candidate, "stop") + valueOf(candidate, "take")
  );
  const isSameAction = (a: number, b: number) => candidates[a].action === candidates[b].action;
  let chosen = keepIn(candidates);
  candidates.forEach((_, index) => {
    const isBetter = isSameAction(index, chosen) ? detail[index] > detail[chosen] : q[index] > q[chosen];
    if (isBetter) chosen = index;
  });
  const heads = Object.fromEntries(
    Object.entries(space.headValues(candidates, q)).map(([name, best]) => [
      name,
      best.map((value, index) => value === null ? null : branches[name][index]),
    ]),
  );
  const runnerUp = bestOf(q, (index) => !isSameAction(index, chosen));
  return { candidates, q, costs: candidates.map(() => 0), chosen, runnerUp, heads };
}

/** The same with something else done, as when exploring; the best of the rest is the runner-up. */
export function withChoice(weighing: Weighing, chosen: number): Weighing {
  return { ...weighing, chosen, runnerUp: bestOf(weighing.q, (index) => index !== chosen) };
}

/** What the best candidate with each action value costs; null for a value that could not be chosen. */
export function actionCosts({ candidates, q, costs }: Weighing, actions: number): (number | null)[] {
  return Array.from({ length: actions }, (_, action) => {
    const best = bestOf(q, (index) => candidates[index].choices.action === action);
    return best === null ? null : costs[best];
  });
}

/** A candidate as a decision records it. @param scalars What the network reads of the account besides its class. */
export function optionOf(
  { candidates, q, costs }: Weighing,
  index: number,
  scalars: Float32Array = candidates[index].point.scalars,
): WeighedOption {
  const { label, point } = candidates[index];
  return { label, class: point.class, scalars: [...scalars], q: q[index], cost: costs[index] };
}

function keepIn(candidates: readonly Candidate[]): number {
  return candidates.findIndex(({ isKeep }) => isKeep);
}

/** Index of the largest among those that count, the first on a tie; null if none does. */
function bestOf(q: readonly number[], counts: (index: number) => boolean): number | null {
  let best: number | null = null;
  q.forEach((value, index) => {
    if (counts(index) && (best === null || value > q[best])) best = index;
  });
  return best;
}
