/** What an account holds, in the units that decisions are made in. Pure. */
import { type Account, markEquity, sideOf } from "../account/account.ts";
import { toNumber } from "../account/money.ts";

/** The account before a decision. A flat one has no exposure, no profit, no age and no distances. */
export interface Held {
  /** Index of the action head's value that it is at. */
  readonly class: number;
  /** Signed value of the position over the equity. */
  readonly exposure: number;
  /** Log return of the trade, in the symbol's sigma; positive when it gains. */
  readonly unrealisedPnl: number;
  readonly barsInTrade: number;
  /** From the price to where it is given up, in average true ranges; null without a stop. */
  readonly stopDistance: number | null;
  /** The same to where its profit is taken. */
  readonly takeDistance: number | null;
  /** Decisions from this one on that may not enter. */
  readonly cooldownLeft: number;
}

/** What an account is measured by at a bar's close. */
export interface Yardstick {
  readonly close: number;
  /** Average true range in price units; null where nothing is placed by it. */
  readonly atr: number | null;
  /** Constant standard deviation of the symbol's log return a bar. */
  readonly sigma: number;
}

/** The exposure of an account that has lost all: it is ruined, and nothing may divide by its equity. */
const RUINED_EXPOSURE = 100;

/** Which side an account is on, and how large: all that its target depends on. */
export type Position = Pick<Held, "class" | "exposure">;

/** @param sides 1, 0 or -1 of each value of the action head.  @throws {RangeError} If the account is on a side that no value has. */
export function positionOf(account: Account, close: number, sides: readonly number[]): Position {
  const side = sideOf(account);
  if (side === 0) return { class: classOf(0, sides), exposure: 0 };
  const equity = toNumber(markEquity(account, close));
  const value = toNumber(account.quantity) * close;
  return { class: classOf(side, sides), exposure: equity > 0 ? value / equity : side * RUINED_EXPOSURE };
}

/** @param sides 1, 0 or -1 of each value of the action head.
 * @throws {RangeError} If the account is on a side that no value has, or has a stop or take without an average true range. */
export function heldOf(account: Account, at: Yardstick, sides: readonly number[]): Held {
  const side = sideOf(account);
  return {
    ...positionOf(account, at.close, sides),
    unrealisedPnl: side === 0 ? 0 : side * Math.log(at.close / toNumber(account.entryPrice)) / at.sigma,
    barsInTrade: account.barsInTrade,
    stopDistance: distanceTo(account.stopPrice, at),
    takeDistance: distanceTo(account.takePrice, at),
    cooldownLeft: account.cooldownLeft,
  };
}

function classOf(side: number, sides: readonly number[]): number {
  const index = sides.indexOf(side);
  if (index >= 0) return index;
  throw new RangeError(
    `Cannot decide on an account as a value of the action head must be on its side, ${side}: they are ${
      sides.join(", ")
    }`,
  );
}

function distanceTo(price: bigint, { close, atr }: Yardstick): number | null {
  if (price === 0n) return null;
  if (atr === null || !(atr > 0)) {
    throw new RangeError(
      `Cannot measure a stop or take as the average true range must be positive: it is ${atr}`,
    );
  }
  return Math.abs(close - toNumber(price)) / atr;
}
