/** Executions, and what they make of an account. Pure and exact.
 *
 * Rounding is to the unit of 1e-8 and never in the trader's favour: what is paid rounds up, what is received rounds
 * down, a bought quantity rounds down. */
import type { Fill } from "../contracts/lane.ts";
import { type Account, sideOf } from "./account.ts";
import { type ExactCosts, feeOn } from "./costs.ts";
import { divideDown, formatMoney, multiplyUp, parseMoney } from "./money.ts";

/** One execution in units of 1e-8. Buying has a positive quantity; the fee is never negative. */
export interface ExecutedFill {
  /** Open time of the bar whose decision ordered it; null for a stop or a take, which rest since the entry. */
  readonly decidedAtMs: number | null;
  readonly quantity: bigint;
  readonly price: bigint;
  readonly fee: bigint;
  readonly reason: Fill["reason"];
  /** Whether it rested until somebody took it. */
  readonly liquidity: Fill["liquidity"];
}

/** Trades a quantity. @param paid The price with its costs. */
export function executed(
  { decidedAtMs, reason }: Pick<ExecutedFill, "decidedAtMs" | "reason">,
  quantity: bigint,
  paid: bigint,
  costs: ExactCosts,
): ExecutedFill {
  return {
    decidedAtMs,
    quantity,
    price: paid,
    fee: feeOn(multiplyUp(quantity, paid), costs),
    reason,
    liquidity: costs.isMaker ? "maker" : "taker",
  };
}

/** The account after one execution; a ledger's money is rebuilt by this and `holdBar`. Adding averages the entry price;
 * leaving gives stop and take up.
 * @throws {RangeError} If the fill turns a position over instead of opening, adding to, reducing or closing one. */
export function applyFill(account: Account, fill: ExecutedFill): Account {
  const quantity = account.quantity + fill.quantity;
  const changed = {
    ...account,
    cash: account.cash - signedNotional(fill) - fill.fee,
    quantity,
    feesPaid: account.feesPaid + fill.fee,
  };
  if (account.quantity === 0n || quantity === 0n) {
    const entryPrice = quantity === 0n ? 0n : fill.price;
    return { ...changed, entryPrice, barsInTrade: 0, stopPrice: 0n, takePrice: 0n, trailDistance: 0n };
  }
  if ((quantity > 0n) !== (account.quantity > 0n)) {
    const [traded, held] = [formatMoney(fill.quantity), formatMoney(account.quantity)];
    throw new RangeError(
      `Cannot apply a fill as it must open, add to, reduce or close a position: it is ${traded} on ${held}`,
    );
  }
  const isAdded = (fill.quantity > 0n) === (account.quantity > 0n);
  return isAdded ? { ...changed, entryPrice: averageEntry(account, fill) } : changed;
}

/** What a fill takes from the cash besides its fee: positive for buying, negative for selling. */
export function signedNotional(fill: Pick<ExecutedFill, "quantity" | "price">): bigint {
  return multiplyUp(fill.quantity, fill.price);
}

/** A fill as the ledger stores it. @param at Whose it is, and the bar in which it happened. */
export function toLaneFill(fill: ExecutedFill, at: Pick<Fill, "account" | "symbol" | "barMs">): Fill {
  return {
    account: at.account,
    symbol: at.symbol,
    barMs: at.barMs,
    decidedAtMs: fill.decidedAtMs,
    side: fill.quantity > 0n ? "buy" : "sell",
    quantity: formatMoney(fill.quantity),
    price: formatMoney(fill.price),
    fee: formatMoney(fill.fee),
    reason: fill.reason,
    liquidity: fill.liquidity,
  };
}

export function fromLaneFill(fill: Fill): ExecutedFill {
  return {
    decidedAtMs: fill.decidedAtMs,
    quantity: parseMoney(fill.quantity),
    price: parseMoney(fill.price),
    fee: parseMoney(fill.fee),
    reason: fill.reason,
    liquidity: fill.liquidity,
  };
}

/** Rounded against the trader: up for a long, down for a short. */
function averageEntry(account: Account, fill: ExecutedFill): bigint {
  const total = account.quantity + fill.quantity;
  const paid = account.quantity * account.entryPrice + fill.quantity * fill.price;
  return sideOf(account) > 0 ? -divideDown(-paid, total) : divideDown(-paid, -total);
}
