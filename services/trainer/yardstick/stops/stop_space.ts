/** What can be decided on an account with stops, and the account that each decision leads to. Pure.
 *
 * A stop is chosen on entering and carried on by a keep, so what is held is never entered anew. */
import { DECISIONS, FLAT, POSITIONS, tradingCost } from "../market.ts";
import type { Costs } from "../market.ts";
import type { Point } from "../engine_port.ts";
import { FLAT_ACCOUNT, type StopAccount } from "./stop_account.ts";

export interface StopCandidate {
  /** The account right after the decision. */
  readonly account: StopAccount;
  readonly point: Point;
  /** As a log return. */
  readonly cost: number;
  /** Index among the {@link StopSpace.fresh}; null for a trade that is kept. */
  readonly fresh: number | null;
}

/** Numbers that describe an account beside its position: unrealised P&L, ticks in the trade, distance of the stop. */
export const SCALARS = 3;
const PNL_CLIP_SD = 8;
const PNL_SCALE_SD = 4;
const TICKS_SCALE = Math.log(65);
const STOP_SCALE_SD = 2;

export class StopSpace {
  /** The accounts that need no trade to be kept: flat first, then each entry with each stop. */
  readonly fresh: readonly StopCandidate[];
  readonly #costs: Costs;
  readonly #returnSd: number;
  readonly #sigma: number;
  /** What else can be done from each position. */
  readonly #changes: readonly (readonly StopCandidate[])[];

  constructor({ costs, returnSd, sigma, stops }: {
    readonly costs: Costs;
    /** Standard deviation of a tick's return, the unit of P&L. */
    readonly returnSd: number;
    /** Standard deviation of a tick's noise, the unit of stops. */
    readonly sigma: number;
    /** Distances to choose from, as log returns; 0 for none. */
    readonly stops: readonly number[];
  }) {
    this.#costs = costs;
    this.#returnSd = returnSd;
    this.#sigma = sigma;
    const entries = POSITIONS.flatMap((_, decision) =>
      decision === FLAT ? [] : stops.map((stop) => ({ decision, pnl: 0, ticks: 0, stop }))
    );
    this.fresh = [FLAT_ACCOUNT, ...entries].map((account, fresh) => ({
      account,
      point: this.point(account),
      cost: 0,
      fresh,
    }));
    this.#changes = Array.from(
      { length: DECISIONS },
      (_, held) =>
        this.fresh.filter(({ account }) => account.decision !== held).map((candidate) => ({
          ...candidate,
          cost: tradingCost(this.#costs, held, candidate.account.decision),
        })),
    );
  }

  /** All that can be decided, what trades nothing first. Points of fresh accounts are the same objects each time. */
  candidates(account: StopAccount): readonly StopCandidate[] {
    const keep = account.decision === FLAT
      ? this.fresh[0]
      : { account, point: this.point(account), cost: 0, fresh: null };
    return [keep, ...this.#changes[account.decision]];
  }

  /** An account as the network sees it. */
  point({ decision, pnl, ticks, stop }: StopAccount): Point {
    const moved = Math.max(-PNL_CLIP_SD, Math.min(PNL_CLIP_SD, pnl / this.#returnSd));
    const distance = (stop + pnl) / this.#sigma;
    return {
      class: decision,
      scalars: Float32Array.of(
        moved / PNL_SCALE_SD,
        Math.log1p(ticks) / TICKS_SCALE,
        stop === 0 ? 0 : Math.exp(-distance / STOP_SCALE_SD),
      ),
    };
  }
}

/** Takes the best of −cost + W; the first on a tie. @param worth W of a candidate, in the unit of its cost. */
export function bestCandidate(
  candidates: readonly StopCandidate[],
  worth: (candidate: StopCandidate) => number,
): StopCandidate {
  let [best, most] = [candidates[0], -Infinity];
  for (const candidate of candidates) {
    const q = worth(candidate) - candidate.cost;
    if (q > most) [best, most] = [candidate, q];
  }
  return best;
}
