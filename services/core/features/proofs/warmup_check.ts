/** The warm-up proof: how many bars it takes until a start in the middle of a history gives the same values as a start
 * at its beginning. A restart, a new symbol and a shorter history then mean the same state. */
import type { Bar } from "../../contracts/bar.ts";
import type { UnderProof } from "./under_proof.ts";

export interface WarmUp {
  readonly feature: string;
  /** Bars, the first agreeing one included, after which every later value agreed; null where it never did. */
  readonly bars: number | null;
}

export interface WarmUpResult {
  /** Where the later starts were; none where the history is too short to tell. */
  readonly starts: readonly number[];
  /** Bars that each later start was followed for. */
  readonly followed: number;
  readonly features: readonly WarmUp[];
}

/** Largest difference of values that count as equal; of values above 1, relative to them. */
export const AGREES = 1e-6;
const STARTS = 5;
/** Bars that have to agree after the warm-up before it counts as over. */
const FOLLOWED = 250;
/** Bars by which the early start has to be ahead, at least. */
const LEAD = 100;

/** @param one Each feature by itself, with no warm-up but its own. */
export function checkWarmUp(
  one: readonly UnderProof[],
  bars: readonly Bar[],
  warmupBars: number,
): WarmUpResult {
  const followed = warmupBars + FOLLOWED;
  const last = bars.length - 1 - followed;
  if (last < LEAD) return { starts: [], followed, features: [] };
  const starts = Array.from(
    { length: STARTS },
    (_, index) => LEAD + Math.floor((last - LEAD) * (index + 1) / STARTS),
  );
  return {
    starts: [...new Set(starts)],
    followed,
    features: one.map(({ names, statesOf }) => {
      const whole = statesOf(bars);
      const measured = starts.map((start) => {
        const late = statesOf(bars.slice(start, start + followed));
        return settledAfter(late, whole.slice(start, start + followed));
      });
      const never = measured.some((count) => count > followed);
      return { feature: names[0] ?? "", bars: never ? null : Math.max(...measured) };
    }),
  };
}

type Rows = readonly (ArrayLike<number> | null)[];

/** One more than the number of bars up to the last that disagrees. */
function settledAfter(late: Rows, early: Rows): number {
  const disagrees = late.findLastIndex((row, index) => {
    const [a, b] = [row?.[0], early[index]?.[0]];
    return a === undefined || b === undefined || !(Math.abs(a - b) <= AGREES * Math.max(1, Math.abs(a)));
  });
  return disagrees + 2;
}
