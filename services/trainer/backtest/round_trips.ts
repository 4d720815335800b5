/** Trades from flat to flat, as people count them. Pure. */
import { parseMoney, toNumber } from "../../core/account/money.ts";
import type { Fill } from "../../core/contracts/lane.ts";

export interface RoundTrip {
  readonly symbol: string;
  readonly side: "long" | "short";
  readonly entryMs: number;
  readonly entryPrice: number;
  /** Value at the entry, in the quote currency. */
  readonly invested: number;
  /** Null while it is open. */
  readonly exit: {
    readonly atMs: number;
    readonly price: number;
    readonly reason: Fill["reason"];
    /** Net of all fees, in the quote currency. */
    readonly profit: number;
  } | null;
}

/** @param fills Of one lane, in order. */
export function roundTrips(fills: readonly Fill[]): RoundTrip[] {
  const trips: RoundTrip[] = [];
  let [held, cash] = [0n, 0];
  for (const fill of fills) {
    const quantity = parseMoney(fill.quantity);
    const price = Number(fill.price);
    const value = toNumber(quantity) * price;
    if (held === 0n) {
      cash = 0;
      trips.push({
        symbol: fill.symbol,
        side: quantity > 0n ? "long" : "short",
        entryMs: fill.barMs,
        entryPrice: price,
        invested: Math.abs(value),
        exit: null,
      });
    }
    held += quantity;
    cash -= value + Number(fill.fee);
    if (held !== 0n) continue;
    const exit = { atMs: fill.barMs, price, reason: fill.reason, profit: cash };
    trips[trips.length - 1] = { ...trips[trips.length - 1]!, exit };
  }
  return trips;
}
