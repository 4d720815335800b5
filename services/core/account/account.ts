/** One lane's account in exact money, and what it is worth at a price. Pure. */
import type { LaneAccount } from "../contracts/lane.ts";
import { divideDown, formatMoney, fromNumber, ONE, parseMoney } from "./money.ts";

/** Amounts, quantities and prices are in units of 1e-8. */
export interface Account {
  readonly cash: bigint;
  /** Units of what is priced: contracts times their multiplier. Negative when short. */
  readonly quantity: bigint;
  /** Average fill price of the open position; 0 when flat. */
  readonly entryPrice: bigint;
  /** Bars that the position was held through, the bar of its entry included; 0 when flat. */
  readonly barsInTrade: number;
  readonly feesPaid: bigint;
  /** What borrowed shares and borrowed cash have cost. */
  readonly borrowPaid: bigint;
  /** Where the position is given up; 0 for none. */
  readonly stopPrice: bigint;
  /** Where its profit is taken; 0 for none. */
  readonly takePrice: bigint;
  /** How far behind the best price a stop follows; 0 for one that stays where it is. */
  readonly trailDistance: bigint;
  /** Decisions from now on that may not enter; above 0 only when flat. */
  readonly cooldownLeft: number;
}

/** An account with nothing but cash. @param cash Units of 1e-8. @throws {RangeError} If it is not positive. */
export function openAccount(cash: bigint): Account {
  if (cash <= 0n) {
    throw new RangeError(`Cannot open an account as its cash must be positive: it is ${formatMoney(cash)}`);
  }
  return {
    cash,
    quantity: 0n,
    entryPrice: 0n,
    barsInTrade: 0,
    feesPaid: 0n,
    borrowPaid: 0n,
    stopPrice: 0n,
    takePrice: 0n,
    trailDistance: 0n,
    cooldownLeft: 0,
  };
}

/** 1 long, 0 flat, -1 short. */
export function sideOf(account: Account): -1 | 0 | 1 {
  return account.quantity > 0n ? 1 : account.quantity < 0n ? -1 : 0;
}

/** Cash plus the position at a price. @returns Units of 1e-8, rounded down. */
export function markEquity(account: Account, price: number): bigint {
  return equityAt(account, fromNumber(price));
}

/** {@link markEquity} at a price in units of 1e-8. */
export function equityAt(account: Account, price: bigint): bigint {
  return account.quantity === 0n ? account.cash : account.cash + divideDown(account.quantity * price, ONE);
}

/** The account after a bar has passed: an open position is one bar older. */
export function holdBar(account: Account): Account {
  return account.quantity === 0n ? account : { ...account, barsInTrade: account.barsInTrade + 1 };
}

export function toLaneAccount(account: Account): LaneAccount {
  return {
    cash: formatMoney(account.cash),
    quantity: formatMoney(account.quantity),
    entryPrice: formatMoney(account.entryPrice),
    barsInTrade: account.barsInTrade,
    feesPaid: formatMoney(account.feesPaid),
    borrowPaid: formatMoney(account.borrowPaid),
    stopPrice: formatMoney(account.stopPrice),
    takePrice: formatMoney(account.takePrice),
    trailDistance: formatMoney(account.trailDistance),
    cooldownLeft: account.cooldownLeft,
  };
}

export function fromLaneAccount(account: LaneAccount): Account {
  return {
    cash: parseMoney(account.cash),
    quantity: parseMoney(account.quantity),
    entryPrice: parseMoney(account.entryPrice),
    barsInTrade: account.barsInTrade,
    feesPaid: parseMoney(account.feesPaid),
    borrowPaid: parseMoney(account.borrowPaid),
    stopPrice: parseMoney(account.stopPrice),
    takePrice: parseMoney(account.takePrice),
    trailDistance: parseMoney(account.trailDistance),
    cooldownLeft: account.cooldownLeft,
  };
}
