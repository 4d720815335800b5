/** The product's decisions on an account with stops, and the account that each leads to. Pure.
 *
 * A stop is chosen on entering and carried on by a keep, so what is held is never entered anew. */
import type { Candidate, Point } from "../../../core/decisions/candidate.ts";
import type { DecisionSpace } from "../../../core/decisions/decision_space.ts";
import { type Costs, FLAT, tradingCost } from "../market.ts";
import { FLAT_ACCOUNT, type StopAccount } from "./stop_account.ts";

export interface StopCandidate {
  readonly candidate: Candidate;
  /** The account right after the decision. */
  readonly account: StopAccount;
  /** As a log return. */
  readonly cost: number;
}

export class StopSpace {
  /** What can be done when flat. */
  readonly fresh: readonly StopCandidate[];
  readonly #space: DecisionSpace;
  readonly #costs: Costs;
  readonly #returnSd: number;
  readonly #sigma: number;
  readonly #freshNumbers: ReadonlyMap<Point, number>;

  /** @param space Its actions are the positions in their order, its stops in `sigma`. */
  constructor(space: DecisionSpace, { costs, returnSd, sigma }: {
    readonly costs: Costs;
    /** Standard deviation of a tick's return, the unit of P&L. */
    readonly returnSd: number;
    /** Standard deviation of a tick's noise, the unit of stops. */
    readonly sigma: number;
  }) {
    this.#space = space;
    this.#costs = costs;
    this.#returnSd = returnSd;
    this.#sigma = sigma;
    this.fresh = this.candidates(FLAT_ACCOUNT);
    this.#freshNumbers = new Map(this.fresh.map(({ candidate }, number) => [candidate.point, number]));
  }

  /** All that can be decided. Points of flat and of entries are the same objects each time. */
  candidates(account: StopAccount): readonly StopCandidate[] {
    return this.#space.candidates(this.#heldOf(account)).map((candidate) => {
      const decision = candidate.choices.action!;
      return {
        candidate,
        account: candidate.isKeep
          ? account
          : decision === FLAT
          ? FLAT_ACCOUNT
          : { ...FLAT_ACCOUNT, decision, stop: (candidate.stop ?? 0) * this.#sigma },
        cost: tradingCost(this.#costs, account.decision, decision),
      };
    });
  }

  /** What trades nothing. */
  keep(account: StopAccount): StopCandidate {
    return { candidate: this.#space.keep(this.#heldOf(account)), account, cost: 0 };
  }

  /** Which of {@link fresh} leads to the same account; null where none does, as for a trade that is kept. */
  freshNumber({ candidate: { point } }: StopCandidate): number | null {
    return this.#freshNumbers.get(point) ?? null;
  }

  #heldOf({ decision, pnl, ticks, stop }: StopAccount) {
    return {
      class: decision,
      exposure: this.#space.sides[decision],
      unrealisedPnl: pnl / this.#returnSd,
      barsInTrade: ticks,
      stopDistance: stop === 0 ? null : (stop + pnl) / this.#sigma,
      takeDistance: null,
      cooldownLeft: 0,
    };
  }
}

/** Takes the best of −cost + W; on a tie the keep, then the first. @param worth W of a candidate, in the unit of its cost. */
export function bestCandidate(
  candidates: readonly StopCandidate[],
  worth: (candidate: StopCandidate) => number,
): StopCandidate {
  const q = candidates.map((candidate) => worth(candidate) - candidate.cost);
  let best = candidates.findIndex(({ candidate }) => candidate.isKeep);
  q.forEach((value, index) => {
    if (value > q[best]) best = index;
  });
  return candidates[best];
}
