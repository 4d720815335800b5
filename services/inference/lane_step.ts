/** The money of one bar of a lane: fills what was pending, gives up what its stop gives up, and marks equity. Pure. */
import { fromLaneAccount, openAccount, toLaneAccount } from "../core/account/account.ts";
import { accountStep, type Order } from "../core/account/account_step.ts";
import { toLaneFill } from "../core/account/fills.ts";
import { parseMoney, toNumber } from "../core/account/money.ts";
import type { Bar } from "../core/contracts/bar.ts";
import type { Equity, Fill, LaneRecord, LaneState } from "../core/contracts/lane.ts";
import type { Strategy } from "./strategy.ts";

export interface LaneStep {
  /** Without order and risk figures: those are decided next. */
  readonly state: Omit<LaneState, "pending" | "risk">;
  readonly fills: readonly Fill[];
  readonly equity: Equity;
}

/** @param before What was committed last; null for a new lane. */
export function stepLane(
  lane: { readonly account: string; readonly symbol: string },
  before: LaneRecord | null,
  bar: Bar,
  { cash, rules }: Pick<Strategy, "cash" | "rules">,
): LaneStep {
  const account = before === null ? openAccount(parseMoney(cash)) : fromLaneAccount(before.state.account);
  const benchmark = before === null ? account : fromLaneAccount(before.state.benchmark);
  const step = accountStep(account, before?.state.pending ?? null, bar, rules);
  const buyAndHold = accountStep(benchmark, before === null ? null : allIn(before.barMs), bar, rules);
  const equity = toNumber(step.equityAtClose);
  const peakEquity = Math.max(before?.state.peakEquity ?? 0, equity);
  return {
    state: {
      account: toLaneAccount(step.account),
      benchmark: toLaneAccount(buyAndHold.account),
      peakEquity,
    },
    fills: step.fills.map((fill) => toLaneFill(fill, { ...lane, barMs: bar.openTimeMs })),
    equity: {
      equity,
      buyAndHold: toNumber(buyAndHold.equityAtClose),
      position: equity === 0 ? 0 : toNumber(step.account.quantity) * bar.close / equity,
      close: bar.close,
      drawdown: Math.max(0, 1 - equity / peakEquity),
    },
  };
}

function allIn(decidedAtMs: number): Order {
  return { decidedAtMs, target: 1, stopDistance: null, takeDistance: null, isResize: false };
}
