/** Where an open position is left without an order: its stop, its take, and what its margin no longer covers. Pure and exact. */
import type { Bar } from "../contracts/bar.ts";
import type { Fill } from "../contracts/lane.ts";
import { type Account, sideOf } from "./account.ts";
import { downTo, type ExactRules, upTo } from "./costs.ts";
import { divideDown, divideUp, fromNumber, ONE } from "./money.ts";

export type ExitReason = Exclude<Fill["reason"], "order">;

/** An exit, and the price at which it happens, costs apart. */
export interface Exit {
  readonly reason: ExitReason;
  readonly price: bigint;
}

/** The exit that a price has passed, a take strictly; where several have been, the one that leaves least choice. */
export function passedAt(account: Account, price: bigint, rules: ExactRules): ExitReason | null {
  const side = BigInt(sideOf(account));
  if (side === 0n) return null;
  const worst = adverse(account, rules);
  if (worst !== null && (price - worst.price) * side <= 0n) {
    const forced = liquidationPrice(account, rules);
    return forced !== null && (price - forced) * side <= 0n ? "liquidated" : worst.reason;
  }
  if (account.takePrice !== 0n && (price - account.takePrice) * side > 0n) return "take";
  return null;
}

/** The exit that a bar touches, or, a take, trades through. Where it reaches both sides, the adverse one counts.
 * @param isEnteredInside The position was entered at an unknown moment of the bar. The adverse side lies beyond the entry, so it was
 * touched after it, or the entry itself has used its margin up, and no price before it counts; the take may have been touched before,
 * so it takes the close to be beyond it. */
export function touchedIn(
  account: Account,
  bar: Bar,
  rules: ExactRules,
  isEnteredInside: boolean,
): Exit | null {
  const side = sideOf(account);
  if (side === 0) return null;
  const toward = BigInt(side);
  const low = fromNumber(side > 0 ? bar.low : bar.high);
  const worst = adverse(account, rules);
  if (worst !== null && (low - worst.price) * toward <= 0n) {
    const start = isEnteredInside ? account.entryPrice : fromNumber(bar.open);
    return (start - worst.price) * toward < 0n ? { ...worst, price: start } : worst;
  }
  if (account.takePrice === 0n) return null;
  const best = fromNumber(isEnteredInside ? bar.close : side > 0 ? bar.high : bar.low);
  return (best - account.takePrice) * toward > 0n ? { reason: "take", price: account.takePrice } : null;
}

/** Where the exits of a new position lie, from the price that it was filled at, to the tick and against the trader. One below zero
 * can never be reached. */
export function exitPrices(
  entered: Account,
  distances: { readonly stop: number | null; readonly take: number | null },
  { tick }: ExactRules,
): Pick<Account, "stopPrice" | "takePrice"> {
  const side = BigInt(sideOf(entered));
  const at = (distance: number | null, away: bigint) => {
    if (distance === null) return 0n;
    const price = entered.entryPrice + away * fromNumber(distance);
    if (price <= 0n) return 0n;
    return side > 0n ? downTo(price, tick) : upTo(price, tick);
  };
  return { stopPrice: at(distances.stop, -side), takePrice: at(distances.take, side) };
}

/** A stop that trails has followed the best price of a bar that is over; it never goes back.
 * @param isEnteredInside The best price may have been before the entry then: the entry and the close alone count. */
export function trailed(account: Account, bar: Bar, { tick }: ExactRules, isEnteredInside: boolean): Account {
  const { trailDistance, stopPrice } = account;
  if (trailDistance === 0n) return account;
  const side = sideOf(account);
  const best = fromNumber(isEnteredInside ? bar.close : side > 0 ? bar.high : bar.low);
  const followed = side > 0 ? downTo(positive(best - trailDistance), tick) : upTo(best + trailDistance, tick);
  const isNearer = side > 0 ? followed > stopPrice : stopPrice === 0n || followed < stopPrice;
  return isNearer ? { ...account, stopPrice: followed } : account;
}

/** The price at which equity is just the maintenance margin's share of the notional: cash + q × p = m × |q| × p. Null for none. */
export function liquidationPrice(
  { quantity, cash }: Account,
  { maintenance }: Pick<ExactRules, "maintenance">,
): bigint | null {
  if (maintenance === 0n || quantity === 0n) return null;
  if (quantity > 0n) {
    return cash >= 0n ? null : divideDown(-cash * ONE * ONE, quantity * (ONE - maintenance));
  }
  return divideUp(cash * ONE * ONE, -quantity * (ONE + maintenance));
}

/** The first exit on the side of losses: the nearer one of stop and liquidation. */
function adverse(account: Account, rules: ExactRules): Exit | null {
  const { stopPrice } = account;
  const forced = rules.maintenance === 0n ? null : liquidationPrice(account, rules);
  const isStopFirst = stopPrice !== 0n &&
    (forced === null || (stopPrice - forced) * BigInt(sideOf(account)) >= 0n);
  if (isStopFirst) return { reason: "stop", price: stopPrice };
  return forced === null ? null : { reason: "liquidated", price: forced };
}

function positive(price: bigint): bigint {
  return price > 0n ? price : 0n;
}
