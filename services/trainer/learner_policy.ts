/** Decides by what the learner holds now, as inference would by a model of it. */
import type { RulesOf } from "../core/account/trade_rules.ts";
import type { Experience } from "../core/contracts/experience.ts";
import type { Point } from "../core/decisions/candidate.ts";
import type { DecisionSpace } from "../core/decisions/decision_space.ts";
import type { Held } from "../core/decisions/held.ts";
import { weighAfterstates, weighBranches, type Weighing } from "../core/decisions/weigh.ts";
import { headSpan, type OutputHead } from "../core/model/head_outputs.ts";
import type { Learner } from "../core/model/native_types.ts";
import { rowsOf } from "./environment.ts";
import { stackRows } from "./stack_rows.ts";

export interface LearnerPolicyParts {
  readonly learner: Pick<Learner, "evaluate" | "forward">;
  readonly space: DecisionSpace;
  readonly rulesOf: RulesOf;
  /** Standard deviation of each symbol's log return a bar. */
  readonly sigma: Readonly<Record<string, number>>;
  /** What the network's values are of. */
  readonly value: "afterstate" | "branching";
  /** What a row of the network's outputs holds. */
  readonly heads: readonly OutputHead[];
}

/** What is known at the bar that is decided on; the features are F_t, without the account. */
export type DecidedStep = Pick<Experience, "symbol" | "features" | "close" | "volume" | "atr">;

export class LearnerPolicy {
  readonly #parts: LearnerPolicyParts;

  constructor(parts: LearnerPolicyParts) {
    this.#parts = parts;
  }

  /** Weighs what can be done with each of several accounts of a symbol at one bar.
   * @throws {NotFiniteError} If a value is not a finite number. */
  weigh(step: DecidedStep, held: readonly Held[]): Weighing[] {
    return this.#parts.value === "branching"
      ? this.#weighBranches(step.features, held)
      : this.#weighAfterstates(step, held);
  }

  /** Every account that any of these decisions leads to is evaluated once. */
  #weighAfterstates(step: DecidedStep, held: readonly Held[]): Weighing[] {
    const { learner, space, rulesOf, sigma } = this.#parts;
    const { symbol, features } = step;
    const candidates = held.map((each) => space.candidates(each));
    const numbers = new Map<Point, number>();
    for (const { point } of candidates.flat()) {
      if (!numbers.has(point)) numbers.set(point, numbers.size);
    }
    const { classes, scalars } = rowsOf([...numbers.keys()], space.scalarNames.length);
    const values = learner.evaluate(features, new Uint32Array(numbers.size), classes, scalars);
    return held.map((each, index) =>
      weighAfterstates(
        space,
        candidates[index],
        candidates[index].map(({ point }) => values[numbers.get(point)!]),
        space.costs(each, candidates[index], rulesOf(symbol), step, sigma[symbol]),
      )
    );
  }

  #weighBranches(features: Float32Array, held: readonly Held[]): Weighing[] {
    const { learner, space, heads } = this.#parts;
    const outputs = learner.forward(stackRows(held.map((each) => branchingState(space, features, each))));
    const width = outputs.length / held.length;
    const spans = space.heads.map(({ name }) => [name, headSpan(heads, name)] as const);
    return held.map((each, row) => {
      const branches = spans.map(([name, { start, end }]) =>
        [name, outputs.subarray(row * width + start, row * width + end)] as const
      );
      return weighBranches(space, space.candidates(each), Object.fromEntries(branches));
    });
  }
}

/** What a network of branching values sees: the market, then the account before the decision. */
export function branchingState(space: DecisionSpace, features: Float32Array, held: Held): Float32Array {
  return Float32Array.of(...features, ...space.accountRow(held));
}
