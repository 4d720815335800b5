/** What risk limits remember of a lane, carried from bar to bar in its record. Pure: bar time alone, no clock. */
import { parseMoney, toNumber } from "../account/money.ts";
import type { Fill } from "../contracts/lane.ts";
import type { RiskState } from "../contracts/risk.ts";
import { orderWindow, type RiskLimits, type RiskRules } from "./risk_rules.ts";

const DAY_MS = 86_400_000;

/** The start of the UTC day that a moment is in. */
export function utcDay(ms: number): number {
  return ms - ms % DAY_MS;
}

/** A bar as the limits see it. */
export interface RiskBar {
  readonly barMs: number;
  /** At its close, open profit included. */
  readonly equity: number;
  readonly fills: readonly Pick<Fill, "decidedAtMs" | "quantity" | "price">[];
  /** Of the control that it is decided under; 0 where there is none. */
  readonly resumes: number;
}

/** Takes a lane's figures through a bar. A new day starts from the last close before it; a resume starts losses anew.
 * @param before After the bar before; null on the first one.  @param openingEquity Before that. */
export function trackRisk(before: RiskState | null, bar: RiskBar, openingEquity: number): RiskState {
  const { equity, resumes } = bar;
  const dayMs = utcDay(bar.barMs);
  const isNewDay = before?.dayMs !== dayMs;
  const isResumed = before !== null && before.resumes !== resumes;
  const dayStartEquity = isNewDay ? before?.equity ?? openingEquity : before.dayStartEquity;
  return {
    dayMs,
    equity,
    dayStartEquity: isResumed ? equity : dayStartEquity,
    peakEquity: isResumed ? equity : Math.max(before?.peakEquity ?? openingEquity, equity),
    traded: (isNewDay ? 0 : before.traded) + tradedOn(dayMs, bar),
    orderTimes: before?.orderTimes ?? [],
    resumes,
  };
}

/** A fill belongs to the day of the bar that ordered it: an order is weighed against the day on which it is decided. */
function tradedOn(dayMs: number, { barMs, fills }: RiskBar): number {
  return fills
    .filter(({ decidedAtMs }) => utcDay(decidedAtMs ?? barMs) === dayMs)
    .reduce((sum, { quantity, price }) => sum + notionalOf(quantity, price), 0);
}

function notionalOf(quantity: string, price: string): number {
  return Math.abs(toNumber(parseMoney(quantity))) * toNumber(parseMoney(price));
}

/** The same with an order decided on a bar; only what a limit can still see is kept. */
export function withOrder(state: RiskState, barMs: number, rules: RiskRules): RiskState {
  const longestMs = Math.max(0, ...[rules.lane, rules.portfolio].map(windowOf));
  const seen = state.orderTimes.filter((time) => time > barMs - longestMs);
  return { ...state, orderTimes: longestMs === 0 ? [] : [...seen, barMs] };
}

/** How far back a limit on orders looks; 0 where there is none. */
function windowOf({ maxOrdersPerMinute }: RiskLimits): number {
  return maxOrdersPerMinute === null ? 0 : orderWindow(maxOrdersPerMinute).windowMs;
}
