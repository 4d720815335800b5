/** The money of one bar of a lane: fills what was pending, gives up what its stop gives up, and marks equity. Pure. */
import { type Account, fromLaneAccount, openAccount, toLaneAccount } from "../account/account.ts";
import { accountStep, type Order } from "../account/account_step.ts";
import { toLaneFill } from "../account/fills.ts";
import { formatMoney, parseMoney, toNumber } from "../account/money.ts";
import type { Bar } from "../contracts/bar.ts";
import type { Equity, Fill, LaneRecord, LaneState } from "../contracts/lane.ts";
import type { RiskState } from "../contracts/risk.ts";
import { type Arrivals, liveStep } from "../venue/execution.ts";
import type { Strategy } from "./strategy.ts";

/** A lane after a bar, in exact money. */
export interface Lane {
  /** Open time of the bar. */
  readonly barMs: number;
  readonly account: Account;
  /** Bought everything at the open of the lane's second bar, and keeps it. */
  readonly benchmark: Account;
  readonly pending: Order | null;
  /** The highest equity so far. */
  readonly peakEquity: number;
  /** What limits remember; null in a lane from before anything was limited. */
  readonly risk: RiskState | null;
  /** Of a live lane: the last venue event that the account holds, and what is left there that is less than a lot. */
  readonly venue?: { readonly applied: number; readonly dust: bigint };
}

export interface LaneStep {
  /** Without an order, and with the risk figures of the bar before: those are decided next. */
  readonly lane: Lane;
  readonly fills: readonly Fill[];
  readonly equity: Equity;
}

/** @param before What was there after the bar before; null for a new lane.
 * @param arrivals What a venue has executed since then: it moves the account, and nothing is filled here. Absent on paper. */
export function stepLane(
  of: { readonly account: string; readonly symbol: string },
  before: Lane | null,
  bar: Bar,
  { cash, rules }: Pick<Strategy, "cash" | "rules">,
  arrivals?: Arrivals,
): LaneStep {
  const account = before?.account ?? openAccount(parseMoney(cash));
  const benchmark = before?.benchmark ?? account;
  const step = arrivals === undefined
    ? accountStep(account, before?.pending ?? null, bar, rules)
    : liveStep({ account, dust: before?.venue?.dust ?? 0n }, arrivals, bar, rules);
  const buyAndHold = accountStep(benchmark, before === null ? null : allIn(before.barMs), bar, rules);
  const equity = toNumber(step.equityAtClose);
  const peakEquity = Math.max(before?.peakEquity ?? 0, equity);
  const barMs = bar.openTimeMs;
  return {
    lane: {
      barMs,
      account: step.account,
      benchmark: buyAndHold.account,
      pending: null,
      peakEquity,
      risk: before?.risk ?? null,
      ...("dust" in step && arrivals !== undefined &&
        { venue: { applied: arrivals.applied, dust: step.dust } }),
    },
    fills: step.fills.map((fill) => toLaneFill(fill, { account: of.account, symbol: of.symbol, barMs })),
    equity: {
      equity,
      buyAndHold: toNumber(buyAndHold.equityAtClose),
      position: equity === 0 ? 0 : toNumber(step.account.quantity) * bar.close / equity,
      close: bar.close,
      drawdown: Math.max(0, 1 - equity / peakEquity),
    },
  };
}

/** A stored lane. */
export function laneOf({ barMs, state }: Pick<LaneRecord, "barMs" | "state">): Lane {
  const { account, benchmark, pending, peakEquity, risk, venue } = state;
  return {
    barMs,
    account: fromLaneAccount(account),
    benchmark: fromLaneAccount(benchmark),
    pending,
    peakEquity,
    risk,
    ...(venue !== undefined && { venue: { applied: venue.applied, dust: parseMoney(venue.dust) } }),
  };
}

/** A lane as it is stored. */
export function toLaneState({ account, benchmark, pending, peakEquity, risk, venue }: Lane): LaneState {
  return {
    account: toLaneAccount(account),
    benchmark: toLaneAccount(benchmark),
    pending,
    peakEquity,
    risk,
    ...(venue !== undefined && { venue: { applied: venue.applied, dust: formatMoney(venue.dust) } }),
  };
}

function allIn(decidedAtMs: number): Order {
  return { decidedAtMs, target: 1, stopDistance: null, takeDistance: null, isResize: false };
}
