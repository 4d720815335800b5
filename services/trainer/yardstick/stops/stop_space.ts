/** The product's decisions on an account with stops, and the account that each leads to. Pure.
 *
 * A stop is chosen on entering and carried on by a keep, so what is held is never entered anew. */
import type { Candidate, Point } from "../../../core/decisions/candidate.ts";
import type { DecisionSpace } from "../../../core/decisions/decision_space.ts";
import { type Costs, FLAT, POSITIONS, tradingCost } from "../market.ts";
import { FLAT_ACCOUNT, type StopAccount } from "./stop_account.ts";

export interface StopCandidate {
  readonly candidate: Candidate;
  /** The account right after the decision. */
  readonly account: StopAccount;
  /** As a log return. */
  readonly cost: number;
  /** Which of {@link StopSpace.fresh} leads to the same account; null where none does, as for a trade that is kept. */
  readonly fresh: number | null;
}

export class StopSpace {
  /** What can be done when flat. */
  readonly fresh: readonly StopCandidate[];
  readonly #space: DecisionSpace;
  readonly #costs: Costs;
  readonly #returnSd: number;
  readonly #sigma: number;
  /** What can be done with each position, a keep of some trade among it. */
  readonly #of: readonly (readonly StopCandidate[])[];

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
    const freshPoints = space.fresh.map(({ point }) => point);
    this.#of = POSITIONS.map((_, decision) => this.#list({ ...FLAT_ACCOUNT, decision }, freshPoints));
    this.fresh = this.#of[FLAT];
  }

  /** All that can be decided. Points of flat and of entries are the same objects each time. */
  candidates(account: StopAccount): readonly StopCandidate[] {
    if (account.decision === FLAT) return this.fresh;
    return this.#of[account.decision].map((each) => each.candidate.isKeep ? this.keep(account) : each);
  }

  /** What trades nothing. */
  keep(account: StopAccount): StopCandidate {
    if (account.decision === FLAT) return this.fresh.find(({ candidate }) => candidate.isKeep)!;
    return { candidate: this.#space.keep(this.#heldOf(account)), account, cost: 0, fresh: null };
  }

  #list(account: StopAccount, freshPoints: readonly Point[]): readonly StopCandidate[] {
    return this.#space.candidates(this.#heldOf(account)).map((candidate) => {
      const decision = candidate.choices.action!;
      const entered = { ...FLAT_ACCOUNT, decision, stop: (candidate.stop ?? 0) * this.#sigma };
      const number = freshPoints.indexOf(candidate.point);
      return {
        candidate,
        account: decision === FLAT ? FLAT_ACCOUNT : candidate.isKeep ? account : entered,
        cost: tradingCost(this.#costs, account.decision, decision),
        fresh: candidate.isKeep && decision !== FLAT ? null : number,
      };
    });
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
  let best = candidates.find(({ candidate }) => candidate.isKeep)!;
  let most = worth(best) - best.cost;
  for (const candidate of candidates) {
    const q = worth(candidate) - candidate.cost;
    if (q > most) [best, most] = [candidate, q];
  }
  return best;
}
