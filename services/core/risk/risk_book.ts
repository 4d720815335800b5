/** The figures that limits compare with: those of one lane, and those of all lanes of an account together. Pure. */
import type { LanePart, LaneTotal, RiskBook, RiskState } from "../contracts/risk.ts";
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

/** All lanes together: the own one after this bar, the others after their last bars before it. So it does not matter which of the
 * lanes that decide a bar comes first. One that was committed on another day, or before the last resume, has lost and traded nothing
 * yet; one that had no bar before is not there yet. */
export function accountBook(
  own: LaneFigures,
  totals: ReadonlyMap<string, LaneTotal>,
  limits: RiskLimits,
): RiskBook {
  const book = { ...laneBook(own, limits) };
  let peakEquity = -Infinity;
  // Sums of float64 depend on the order, and a hash has none.
  for (const [symbol, total] of [...totals].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const part = partBefore(total, own.barMs);
    if (part === null) continue;
    const { held, risk, accountPeak } = part;
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

/** A lane that is further ahead is taken as early as it is known. */
function partBefore(total: LaneTotal, barMs: number): LanePart | null {
  return total.barMs < barMs ? total : total.before;
}

function recentOrders({ orderTimes }: RiskState, barMs: number, { maxOrdersPerMinute }: RiskLimits): number {
  if (maxOrdersPerMinute === null) return 0;
  const { windowMs } = orderWindow(maxOrdersPerMinute);
  return orderTimes.filter((time) => time > barMs - windowMs).length;
}
