/** How often a lane enters and leaves, and what it holds then. Pure. */
import type { LaneBook } from "./lane_book.ts";

export interface TradingHabit {
  /** Chance a bar that a flat lane enters, and that one with a position leaves it. */
  readonly enter: number;
  readonly leave: number;
  /** Signed fractions of equity that it entered with; one at least. */
  readonly targets: readonly number[];
}

export function tradingHabit({ position }: Pick<LaneBook, "position">): TradingHabit {
  const targets: number[] = [];
  let [flatBars, heldBars, exits] = [0, 0, 0];
  position.forEach((now, bar) => {
    const before = bar === 0 ? 0 : Math.sign(position[bar - 1]!);
    if (before === 0) flatBars++;
    else heldBars++;
    if (Math.sign(now) === before) return;
    if (before !== 0) exits++;
    if (now !== 0) targets.push(Math.max(-1, Math.min(1, Math.round(now * 100) / 100)));
  });
  return {
    enter: flatBars === 0 ? 0 : targets.length / flatBars,
    leave: heldBars === 0 ? 0 : exits / heldBars,
    targets: targets.length === 0 ? [1] : targets,
  };
}
