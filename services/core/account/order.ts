/** What an account is asked to do, and how much of it that is. Pure and exact. */
import { MOST_LEVERAGE } from "../contracts/lane.ts";
import { type Account, equityAt, sideOf } from "./account.ts";
import { downTo, type ExactCosts, type ExactRules, largestBuy, largestSale } from "./costs.ts";
import { divideDown, formatMoney, fromNumber, multiplyDown, multiplyUp, ONE } from "./money.ts";
import type { TradeRules } from "./trade_rules.ts";

/** Go to `target`, a signed fraction of equity: 1 = all in, 0 = flat, -1 = short by the whole equity. */
export interface Order {
  /** Open time of the bar that was decided on. */
  readonly decidedAtMs: number;
  readonly target: number;
  /** From the price of the fill to where the position is given up, in price units; null for no stop. Of entries alone. */
  readonly stopDistance: number | null;
  /** The same to where its profit is taken. */
  readonly takeDistance: number | null;
  /** Trades a held position of the target's side to the target's size. Without it such a position is kept as it is, however
   * far it has drifted. It never enters. */
  readonly isResize: boolean;
  /** The stop follows the best price. */
  readonly isTrailing: boolean;
  /** What an entry rests at for one bar; null to enter at the open. */
  readonly limitPrice: number | null;
}

/** An order for the next open, without exits. */
export function orderTo(target: number, decidedAtMs: number): Order {
  return {
    decidedAtMs,
    target,
    stopDistance: null,
    takeDistance: null,
    isResize: false,
    isTrailing: false,
    limitPrice: null,
  };
}

export interface Wanted {
  /** With its sign; 0 for nothing. */
  readonly quantity: bigint;
  /** The rule by which nothing is traded, and what broke it; null where there is nothing to tell. */
  readonly voided: string | null;
}

const NOTHING: Wanted = { quantity: 0n, voided: null };

/** @throws {RangeError} If the target is beyond what may be borrowed, a distance is not positive, or the price to fill at is below
 * one unit. */
export function checkOrder(
  { target, stopDistance, takeDistance }: Order,
  open: bigint,
  { maxLeverage }: Pick<TradeRules, "maxLeverage">,
): void {
  const most = Math.min(maxLeverage, MOST_LEVERAGE);
  if (!(target >= -most && target <= most)) {
    throw new RangeError(
      `Cannot fill an order as its target must be in [-${most}, ${most}]: it is ${target}`,
    );
  }
  for (const [what, distance] of [["stop", stopDistance], ["take", takeDistance]] as const) {
    if (distance !== null && !(distance > 0 && distance < Infinity)) {
      throw new RangeError(
        `Cannot fill an order as its ${what} must be at a distance > 0: it is ${distance}`,
      );
    }
  }
  if (open <= 0n) {
    throw new RangeError("Cannot fill an order as the open must be at least 0.00000001: it is less");
  }
}

/** What a flat account may enter with: its share of the cash. A long pays the fee out of it. */
export function entryBudget(flat: Account, target: number): bigint {
  return multiplyDown(flat.cash, fromNumber(Math.abs(target)));
}

/** What to enter with. @param paid The price with its costs. */
export function entryQuantity(
  budget: bigint,
  side: number,
  paid: bigint,
  costs: ExactCosts,
  rules: ExactRules,
): Wanted {
  if (budget <= 0n) return NOTHING;
  const most = side > 0 ? largestBuy(budget, paid, costs) : largestSale(budget, paid);
  return sized(most, BigInt(side), paid, rules);
}

/** What a resize has to trade at a price, before its costs: positive to add to what is held, negative to take from it. */
export function resizeNotional(account: Account, target: number, price: bigint): bigint {
  const side = BigInt(sideOf(account));
  const wanted = multiplyDown(equityAt(account, price), fromNumber(Math.abs(target)));
  return wanted - divideDown(account.quantity * side * price, ONE);
}

/** What to trade of a held position for `target` of the equity at a price; 0 if that changes nothing. What is missing is never more
 * than the cash and what may be borrowed, as the target is not.
 * @param paidFor The price with its costs, for a side. */
export function resizeQuantity(
  account: Account,
  target: number,
  price: bigint,
  paidFor: (side: bigint) => bigint,
  costs: ExactCosts,
  rules: ExactRules,
): Wanted {
  const side = BigInt(sideOf(account));
  const held = account.quantity * side;
  const missing = resizeNotional(account, target, price);
  const paid = paidFor(missing > 0n ? side : -side);
  if (missing > 0n) {
    const most = side > 0n ? largestBuy(missing, paid, costs) : largestSale(missing, paid);
    return sized(most, side, paid, rules);
  }
  const wanted = missing + divideDown(held * price, ONE);
  const kept = wanted > 0n ? (wanted * ONE) / price : 0n;
  if (kept >= held) return NOTHING;
  // All of it goes whatever the lot is: nothing may be left that cannot be traded.
  return kept === 0n ? { quantity: -account.quantity, voided: null } : sized(held - kept, -side, paid, rules);
}

/** To whole lots, and nothing below the least notional. */
function sized(most: bigint, side: bigint, paid: bigint, { lot, minNotional }: ExactRules): Wanted {
  if (most <= 0n) return NOTHING;
  const quantity = downTo(most, lot);
  if (quantity === 0n) {
    return { quantity, voided: `it must be a lot of ${formatMoney(lot)} units: it is less` };
  }
  const notional = multiplyUp(quantity, paid);
  if (notional >= minNotional) return { quantity: side * quantity, voided: null };
  const [least, own] = [minNotional, notional].map(formatMoney);
  return { quantity: 0n, voided: `its notional must be at least ${least}: it is ${own}` };
}
