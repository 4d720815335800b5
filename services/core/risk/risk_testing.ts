/** Risk figures to try limits with. */
import type { LaneTotal, RiskBook, RiskState } from "../contracts/risk.ts";
import type { RiskLimits } from "./risk_rules.ts";

export const NO_LIMITS: RiskLimits = {
  maxPosition: null,
  maxNotional: null,
  maxOrdersPerMinute: null,
  maxDailyTurnover: null,
  maxDailyLoss: null,
  maxDrawdown: null,
};

/** Day 5, a hundred to start with, nothing done yet. */
export const CALM: RiskState = {
  dayMs: 5 * 86_400_000,
  equity: 100,
  dayStartEquity: 100,
  peakEquity: 100,
  traded: 0,
  orderTimes: [],
  resumes: 0,
};

export const CALM_BOOK: RiskBook = {
  equity: 100,
  dayStartEquity: 100,
  peakEquity: 100,
  traded: 0,
  recentOrders: 0,
  heldElsewhere: 0,
};

export function totalOf(
  risk: Partial<RiskState>,
  total: Partial<Omit<LaneTotal, "risk">> = {},
): LaneTotal {
  const state = { ...CALM, ...risk };
  return { barMs: state.dayMs, held: 0, accountPeak: null, before: null, ...total, risk: state };
}
