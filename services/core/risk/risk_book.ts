/** The figures that limits compare with: those of one lane, and those of all lanes of an account together. Pure. */
import type { LaneTotal, RiskBook, RiskState } from "../contracts/risk.ts";
import { orderWindow, type RiskLimits } from "./risk_rules.ts";

/** A lane after the bar that is decided on. */
export interface LaneFigures {
  readonly symbol: string;
  readonly barMs: number;
  readonly risk: RiskState;
}

/** A lane by itself: exact, as it is what the commit holds. */
export function laneBook({ barMs, risk }: LaneFigures, limits: RiskLimits): RiskBook {
  const { equity, dayStartEquity, peakEquity, traded } = risk;
  return {
    equity,
    dayStartEquity,
    peakEquity,
    traded,
    recentOrders: recentOrders(risk, barMs, limits),
    heldElsewhere: 0,
  };
}

/** All lanes together: the own one after this bar, the others as they were committed last. One that was committed on another day,
 * or before the last resume, has lost and traded nothing yet. */
export function accountBook(
  own: LaneFigures,
  totals: ReadonlyMap<string, LaneTotal>,
  limits: RiskLimits,
): RiskBook {
  const book = { ...laneBook(own, limits) };
  let peakEquity = -Infinity;
  for (const [symbol, { held, risk, accountPeak }] of totals) {
    const isSinceResume = risk.resumes === own.risk.resumes;
    if (isSinceResume) peakEquity = Math.max(peakEquity, accountPeak ?? -Infinity);
    if (symbol === own.symbol) continue;
    const isToday = risk.dayMs === own.risk.dayMs;
    book.equity += risk.equity;
    book.dayStartEquity += isToday && isSinceResume ? risk.dayStartEquity : risk.equity;
    book.traded += isToday ? risk.traded : 0;
    book.recentOrders += recentOrders(risk, own.barMs, limits);
    book.heldElsewhere += held;
  }
  return { ...book, peakEquity: Math.max(peakEquity, book.equity) };
}

function recentOrders({ orderTimes }: RiskState, barMs: number, { maxOrdersPerMinute }: RiskLimits): number {
  if (maxOrdersPerMinute === null) return 0;
  const { windowMs } = orderWindow(maxOrdersPerMinute);
  return orderTimes.filter((time) => time > barMs - windowMs).length;
}
