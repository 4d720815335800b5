/** Walk-forward: cuts the tested bars into folds, each decided by a model that has learned from nothing but bars before it. Pure.
 *
 * Nothing is ever learned from bars after a fold. Purging leaves out the steps whose reward reaches into it; an embargo leaves
 * out further bars before it, for those who fear that near bars are too alike. */
import type { Experience } from "../../core/contracts/experience.ts";
import type { BarSeries } from "../../core/market/bar_series.ts";
import type { Feed } from "../../core/market/feed.ts";
import type { Span, TestedSpan } from "./span.ts";

export interface Fold {
  /** Open times of its first and last bar. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Its model may know the bars that open before this. */
  readonly trainUntilMs: number;
}

/** A step's reward ends at the open of the second bar after it. */
export const REWARD_REACH = 2;
/** Bars of a fold below which it tells nothing. */
const LEAST_BARS = 20;

/** Folds of as many bars each as can be. The first one's model learns until the span says, each other's until its fold.
 * @param timesMs Distinct open times of the span's bars, ascending.  @throws {RangeError} If folds are too short. */
export function planFolds(timesMs: readonly number[], folds: number, span: TestedSpan): Fold[] {
  if (folds > 1 && timesMs.length < folds * LEAST_BARS) {
    throw new RangeError(
      `Cannot make ${folds} folds as each must have ${LEAST_BARS} bars or more: there are ${timesMs.length} in all`,
    );
  }
  return Array.from({ length: folds }, (_, index) => {
    const [start, end] = [index, index + 1].map((count) => Math.round(timesMs.length * count / folds));
    const fromMs = timesMs[start!]!;
    return {
      fromMs: index === 0 ? span.fromMs : fromMs,
      toMs: timesMs[end! - 1]!,
      trainUntilMs: index === 0 ? span.trainUntilMs : fromMs,
    };
  });
}

/** The steps of a symbol that a fold's model may learn from. @param bars The symbol's own.  @param embargo In bars. */
export function stepsBefore(
  untilMs: number,
  bars: BarSeries,
  steps: readonly Experience[],
  embargo: number,
): readonly Experience[] {
  const cut = bars.firstAfter(untilMs - 1) - REWARD_REACH - embargo;
  if (cut <= 0) return [];
  const cutMs = cut < bars.length ? bars.openTimeMs(cut) : Infinity;
  const end = steps.findIndex(({ barMs }) => barMs >= cutMs);
  return end < 0 ? steps : steps.slice(0, end);
}

/** Whether a model that has learned from the step of a bar knows nothing of the tested bars, its rewards included. */
export function isUnknown(feed: Feed, span: Span, learnedThroughMs: number): boolean {
  return feed.symbols.every((symbol) => {
    const bars = feed.bars(symbol);
    return bars.firstAfter(learnedThroughMs) + REWARD_REACH <= bars.firstAfter(span.fromMs - 1);
  });
}
