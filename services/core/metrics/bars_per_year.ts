/** How many bars a year has, to bring figures of one bar to a year. Pure. */
import type { CalendarKind } from "../config/instruments_config.ts";
import { type Timeframe, timeframeMs } from "../contracts/symbol.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 365.2425 * DAY_MS;

/** The bars that there were. */
export interface BarSpan {
  readonly bars: number;
  /** Open times of the first and the last one; without meaning where there are fewer than two. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** By the calendar, or, from data, by the bars that there were. */
export function barsPerYear(kind: CalendarKind, timeframe: Timeframe, span: BarSpan): number {
  const always = YEAR_MS / timeframeMs(timeframe);
  if (kind === "weekdays") return timeframeMs(timeframe) > DAY_MS ? always : always * 5 / 7;
  if (kind === "24x7" || span.bars < 2) return always;
  return (span.bars - 1) / (span.lastMs - span.firstMs) * YEAR_MS;
}
