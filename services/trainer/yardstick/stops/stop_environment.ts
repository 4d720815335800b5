/** What a tick teaches about accounts with stops; rewards and costs in standard deviations of R.
 *
 * The market does not react to our size, so any account may be learned from: the fresh ones, and virtual trades that were opened
 * some ticks earlier and carried on by the same step as real ones. Made-up accounts would lie where no trade ever comes. */
import type { SeededRandom } from "../../../core/market/seeded_random.ts";
import { holdingCost } from "../market.ts";
import type { Outcome, Point } from "../engine_port.ts";
import { passTick, type StopAccount } from "./stop_account.ts";
import { LONGEST_TRADE, type StopMarket, type StopTick } from "./stop_market.ts";
import type { StopSpace } from "./stop_space.ts";

export class StopEnvironment {
  readonly #market: StopMarket;
  readonly #space: StopSpace;
  readonly #trades: number;
  readonly #random: SeededRandom;

  constructor(market: StopMarket, space: StopSpace, { trades, random }: {
    /** Virtual trades a tick, those included that a stop has closed before. */
    readonly trades: number;
    readonly random: SeededRandom;
  }) {
    this.#market = market;
    this.#space = space;
    this.#trades = trades;
    this.#random = random;
  }

  /** Outcomes of the fresh accounts and of the virtual trades that are still open. */
  outcomes(tick: StopTick): readonly Outcome[] {
    const open = Array.from({ length: this.#trades }, () => this.#virtualTrade(tick.recent));
    return [
      ...this.#space.fresh,
      ...open.filter((account) => account !== null).map((account) => this.#space.candidates(account)[0]),
    ].map(({ account, point }) => this.#outcome(tick, account, point));
  }

  #outcome(tick: StopTick, account: StopAccount, point: Point): Outcome {
    const { plain, stopCosts } = this.#market;
    const { account: after, logReturn, isStopped } = passTick(account, tick.logReturn);
    const paid = holdingCost(plain.costs, account.decision) + (isStopped ? stopCosts[account.decision] : 0);
    return {
      point,
      reward: (logReturn - paid) / plain.returnSd,
      isRuined: false,
      next: this.#space.candidates(after).map(({ point, cost }) => ({ point, cost: cost / plain.returnSd })),
    };
  }

  regressionTargets(tick: StopTick, heads: number): Float32Array {
    return new Float32Array(heads).fill(Math.abs(tick.logReturn) / this.#market.plain.returnSd);
  }

  /** Any entry, opened up to {@link LONGEST_TRADE} ticks ago (log-uniform); null where there are too few ticks, or it was
   * stopped out. */
  #virtualTrade(recent: readonly number[]): StopAccount | null {
    const entries = this.#space.fresh.length - 1;
    const { account: entry } = this.#space.fresh[1 + Math.floor(this.#random.uniform() * entries)];
    const age = Math.floor((LONGEST_TRADE + 1) ** this.#random.uniform());
    if (age > recent.length) return null;
    let account = entry;
    for (let ago = age - 1; ago >= 0; ago--) {
      const passed = passTick(account, recent[ago]);
      if (passed.isStopped) return null;
      account = passed.account;
    }
    return account;
  }
}
