/** What a lane's fills come to, counted as they come: value traded, fees, and trades from flat to flat. Pure. */
import { parseMoney, toNumber } from "../account/money.ts";
import type { Fill } from "../contracts/lane.ts";

export class TradeTally {
  /** Value of all fills, in the quote currency. */
  traded = 0;
  /** In the quote currency. */
  fees = 0;
  /** Trades that have ended. */
  trades = 0;
  /** Those of them that gained, net of all fees. */
  won = 0;
  #held = 0n;
  /** What the open trade has brought so far. */
  #cash = 0;

  push({ quantity, price, fee }: Pick<Fill, "quantity" | "price" | "fee">): void {
    const bought = parseMoney(quantity);
    const value = toNumber(bought) * Number(price);
    if (this.#held === 0n) this.#cash = 0;
    this.#held += bought;
    this.#cash -= value + Number(fee);
    this.traded += Math.abs(value);
    this.fees += Number(fee);
    if (this.#held !== 0n) return;
    this.trades++;
    if (this.#cash > 0) this.won++;
  }
}
