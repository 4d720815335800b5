/** The money of one bar of a lane: fills what was pending, gives up what its stop gives up, and marks equity. Pure. */
import { type Account, fromLaneAccount, openAccount, toLaneAccount } from "../account/account.ts";
import { accountStep, type Order } from "../account/account_step.ts";
import { orderTo } from "../account/order.ts";
import { toLaneFill } from "../account/fills.ts";
import { formatMoney, parseMoney, toNumber } from "../account/money.ts";
import type { Bar } from "../contracts/bar.ts";
import type { Equity, Fill, LaneRecord, LaneState, LastBar } from "../contracts/lane.ts";
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
  /** What its close has told; null in a lane from before anything depended on it. */
  readonly lastBar: LastBar | null;
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
  /** The rule by which the order that was pending, or its entry, is void, and what broke it; null where it is not. */
  readonly voided: string | null;
}

/** @param atr Average true range at the bar's close; null where none is followed. @param before What was there after the bar before; null for a new lane.
 * @param arrivals What a venue has executed since then: it moves the account, and nothing is filled here. Absent on paper. */
export function stepLane(
  of: { readonly account: string; readonly symbol: string },
  before: Lane | null,
  bar: Bar,
  atr: number | null,
  { cash, rulesOf }: Pick<Strategy, "cash" | "rulesOf">,
  arrivals?: Arrivals,
): LaneStep {
  const rules = rulesOf(of.symbol);
  const last = before === null ? null : before.lastBar ?? unknownBar(before.barMs, bar);
  const account = before?.account ?? openAccount(parseMoney(cash));
  const benchmark = before?.benchmark ?? account;
  const step = arrivals === undefined
    ? accountStep(account, before?.pending ?? null, bar, rules, last)
    : { ...liveStep({ account, dust: before?.venue?.dust ?? 0n }, arrivals, bar, rules), voided: null };
  const buyAndHold = accountStep(
    benchmark,
    before === null ? null : orderTo(1, before.barMs),
    bar,
    rules,
    last,
  );
  const equity = toNumber(step.equityAtClose);
  const peakEquity = Math.max(before?.peakEquity ?? 0, equity);
  const barMs = bar.openTimeMs;
  return {
    lane: {
      barMs,
      account: step.account,
      benchmark: buyAndHold.account,
      pending: null,
      lastBar: { openTimeMs: barMs, close: bar.close, volume: bar.volume, atr },
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
    voided: step.voided,
  };
}

/** A stored lane. */
export function laneOf({ barMs, state }: Pick<LaneRecord, "barMs" | "state">): Lane {
  const { account, benchmark, pending, lastBar, peakEquity, risk, venue } = state;
  return {
    barMs,
    account: fromLaneAccount(account),
    benchmark: fromLaneAccount(benchmark),
    pending,
    lastBar,
    peakEquity,
    risk,
    ...(venue !== undefined && { venue: { applied: venue.applied, dust: parseMoney(venue.dust) } }),
  };
}

/** A lane as it is stored. */
export function toLaneState({ account, benchmark, ...rest }: Lane): LaneState {
  const { pending, lastBar, peakEquity, risk, venue } = rest;
  return {
    account: toLaneAccount(account),
    benchmark: toLaneAccount(benchmark),
    pending,
    lastBar,
    peakEquity,
    risk,
    ...(venue !== undefined && { venue: { applied: venue.applied, dust: formatMoney(venue.dust) } }),
  };
}

/** For a lane that was stored before its last bar was kept: nothing is known of its volume and range. */
function unknownBar(openTimeMs: number, { open }: Bar): LastBar {
  return { openTimeMs, close: open, volume: 0, atr: null };
}
