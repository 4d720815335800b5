/** A trade with a stop on a market of ticks: what a tick makes of it. Pure.
 *
 * A tick is a bar from open to open, so a stop that its move passes fills inside it, at the stop's price. */
import { normalCdf, normalDensity } from "../normal.ts";
import { FLAT, POSITIONS } from "../market.ts";

export interface StopAccount {
  /** The decision whose position is held. */
  readonly decision: number;
  /** Log return of the trade so far, before costs. */
  readonly pnl: number;
  /** Ticks since entry. */
  readonly ticks: number;
  /** The loss since entry at which the trade is closed; 0 for none. */
  readonly stop: number;
}

export const FLAT_ACCOUNT: StopAccount = { decision: FLAT, pnl: 0, ticks: 0, stop: 0 };

export interface Passed {
  readonly account: StopAccount;
  /** What the position earned, up to the stop where that closed it. */
  readonly logReturn: number;
  readonly isStopped: boolean;
}

/** Lets a tick pass. */
export function passTick(account: StopAccount, marketReturn: number): Passed {
  const { decision, pnl, ticks, stop } = account;
  if (decision === FLAT) return { account, logReturn: 0, isStopped: false };
  const logReturn = POSITIONS[decision] * marketReturn;
  if (stop > 0 && pnl + logReturn <= -stop) {
    return { account: FLAT_ACCOUNT, logReturn: -stop - pnl, isStopped: true };
  }
  return {
    account: { decision, pnl: pnl + logReturn, ticks: ticks + 1, stop },
    logReturn,
    isStopped: false,
  };
}

/** Means of what {@link passTick} gives under a normal return: of the log return, and of being stopped.
 * @param mean Of the market's return.  @param sd The same. */
export function expectTick(
  { decision, pnl, stop }: StopAccount,
  mean: number,
  sd: number,
): { readonly logReturn: number; readonly stopChance: number } {
  if (decision === FLAT) return { logReturn: 0, stopChance: 0 };
  const drift = POSITIONS[decision] * mean;
  if (stop === 0) return { logReturn: drift, stopChance: 0 };
  const limit = -stop - pnl;
  const z = (limit - drift) / sd;
  const stopChance = normalCdf(z);
  // The mean of max(return, limit).
  const logReturn = stopChance * limit + (1 - stopChance) * drift + sd * normalDensity(z);
  return { logReturn, stopChance };
}
