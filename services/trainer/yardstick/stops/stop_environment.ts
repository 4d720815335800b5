/** What a tick teaches about accounts with stops; rewards and costs in standard deviations of R.
 *
 * The market does not react to our size, so any account may be learned from: the fresh ones, and virtual trades that were opened
 * some ticks earlier and carried on by the same step as real ones. Made-up accounts would lie where no trade ever comes. */
import type { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { Environment, Outcome } from "../../environment.ts";
import { FLAT, holdingCost } from "../market.ts";
import { passTick, type StopAccount } from "./stop_account.ts";
import type { StopMarket, StopTick } from "./stop_market.ts";
import type { StopCandidate, StopSpace } from "./stop_space.ts";

export interface StopEnvironmentParts {
  readonly market: StopMarket;
  readonly space: StopSpace;
  /** Virtual trades of a tick. */
  readonly trades: number;
  readonly random: SeededRandom;
  readonly regressionHeads: number;
}

/** Draws for each trade that is wanted: those that a stop has ended by now are drawn again. */
const DRAWS_A_TRADE = 3;

export class StopEnvironment implements Environment<StopTick> {
  readonly scalars: number;
  readonly #parts: StopEnvironmentParts;
  readonly #entries: readonly StopAccount[];

  constructor(parts: StopEnvironmentParts) {
    this.#parts = parts;
    this.scalars = parts.space.fresh[0].candidate.point.scalars.length;
    this.#entries = parts.space.fresh.map(({ account }) => account).filter(({ decision }) =>
      decision !== FLAT
    );
  }

  /** Outcomes of the fresh accounts and of virtual trades. */
  outcomes(tick: StopTick): readonly Outcome[] {
    const { space } = this.#parts;
    const trades = this.#virtualTrades(tick.recent).map((account) => space.keep(account));
    return [...space.fresh, ...trades].map((decided) => this.#outcome(tick, decided));
  }

  regressionTargets(tick: StopTick): Float32Array {
    const { market, regressionHeads } = this.#parts;
    return new Float32Array(regressionHeads).fill(Math.abs(tick.logReturn) / market.plain.returnSd);
  }

  #outcome(tick: StopTick, { candidate, account }: StopCandidate): Outcome {
    const { market: { plain, stopCosts }, space } = this.#parts;
    const { account: after, logReturn, isStopped } = passTick(account, tick.logReturn);
    const paid = holdingCost(plain.costs, account.decision) + (isStopped ? stopCosts[account.decision] : 0);
    return {
      point: candidate.point,
      reward: (logReturn - paid) / plain.returnSd,
      isRuined: false,
      next: space.candidates(after).map(({ candidate: { point }, cost }) => ({
        point,
        cost: cost / plain.returnSd,
      })),
    };
  }

  /** Any entries, opened up to as many ticks ago as are known (log-uniform), that no stop has closed. */
  #virtualTrades(recent: readonly number[]): readonly StopAccount[] {
    const { random, trades } = this.#parts;
    const open: StopAccount[] = [];
    for (let draw = 0; draw < trades * DRAWS_A_TRADE && open.length < trades && recent.length > 0; draw++) {
      const age = Math.floor((recent.length + 1) ** random.uniform());
      const entry = this.#entries[Math.floor(random.uniform() * this.#entries.length)];
      const account = replay(entry, recent.slice(0, age));
      if (account !== null) open.push(account);
    }
    return open;
  }
}

/** Null if a stop closes it. @param recent The last return first. */
function replay(entry: StopAccount, recent: readonly number[]): StopAccount | null {
  let account = entry;
  for (const logReturn of recent.toReversed()) {
    const passed = passTick(account, logReturn);
    if (passed.isStopped) return null;
    account = passed.account;
  }
  return account;
}
