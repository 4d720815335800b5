/** Trades that might have been opened before a decision, replayed on the real bars. Pure: the same experience in the same order
 * and the same seed give the same trades.
 *
 * The market does not react to orders of our size, so what such a trade would be worth by now is known exactly. These are the
 * accounts that a path-dependent value has to be learned at: visited ones alone are too few, made-up ones too strange. */
import type { Account } from "../core/account/account.ts";
import { accountStep, type Order } from "../core/account/account_step.ts";
import type { RulesOf, TradeRules } from "../core/account/trade_rules.ts";
import { type Experience, lastBarOf } from "../core/contracts/experience.ts";
import type { SeededRandom } from "../core/market/seeded_random.ts";
import { stepRandom } from "./step_random.ts";
import { UNIT_ACCOUNT } from "./unit_account.ts";

/** What a trade that was decided at a past step needs to know of it. */
type PastStep = Pick<Experience, "barMs" | "close" | "volume" | "atr" | "next">;

/** Makes the order of an entry that was decided on a bar. */
export type DrawEntry = (random: SeededRandom, step: PastStep, rules: TradeRules) => Order;

/** Bars back that a virtual trade was opened at most. */
export const OLDEST_TRADE = 64;
/** Draws for each trade that is wanted: those that a stop or a take has ended by now are drawn again. */
const DRAWS_A_TRADE = 3;
/** Names the random numbers of virtual trades. */
const PURPOSE = 71;

export class VirtualTrades {
  readonly #seed: number;
  readonly #rulesOf: RulesOf;
  readonly #drawEntry: DrawEntry;
  /** By symbol, oldest first; each begins where the one before ended. */
  readonly #past = new Map<string, PastStep[]>();

  constructor(parts: {
    readonly seed: number;
    /** Of a unit account. */
    readonly rulesOf: RulesOf;
    readonly drawEntry: DrawEntry;
  }) {
    this.#seed = parts.seed;
    this.#rulesOf = parts.rulesOf;
    this.#drawEntry = parts.drawEntry;
  }

  /** Takes up a step that lies behind the next one of its symbol. After a gap the past begins anew. */
  remember({ symbol, barMs, close, volume, atr, next }: Experience): void {
    const past = this.#past.get(symbol) ?? [];
    if (past.at(-1)?.next.openTimeMs !== barMs) past.length = 0;
    past.push({ barMs, close, volume, atr, next });
    if (past.length > OLDEST_TRADE) past.shift();
    this.#past.set(symbol, past);
  }

  /** Accounts at the close of the step's bar that hold a position: at most `count`, fewer where the past is short or the trades
   * ended early. Ages are log-uniform from 1 to 64 bars. */
  heldAt(step: Pick<Experience, "symbol" | "barMs">, count: number): Account[] {
    const past = this.#past.get(step.symbol) ?? [];
    if (past.at(-1)?.next.openTimeMs !== step.barMs) return [];
    const random = stepRandom(PURPOSE, this.#seed, step);
    const held: Account[] = [];
    for (let draw = 0; draw < count * DRAWS_A_TRADE && held.length < count; draw++) {
      const age = Math.floor(Math.exp(random.uniform() * Math.log(past.length + 1)));
      const account = this.#replay(past.slice(-age), random, this.#rulesOf(step.symbol));
      if (account !== null) held.push(account);
    }
    return held;
  }

  /** Null if the trade is over before the last bar's close, or was never opened. */
  #replay(steps: readonly PastStep[], random: SeededRandom, rules: TradeRules): Account | null {
    let account = UNIT_ACCOUNT;
    let order: Order | null = this.#drawEntry(random, steps[0], rules);
    for (const step of steps) {
      account = accountStep(account, order, step.next, rules, lastBarOf(step)).account;
      if (account.quantity === 0n) return null;
      order = null;
    }
    return account;
  }
}
