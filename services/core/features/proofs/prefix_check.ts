/** The prefix proof: states from a truncated history equal those from the whole, bit for bit. Whatever looks ahead, by
 * one bar or by a mean over everything, gives other bits when the bars that it looked at are taken away. */
import type { Bar } from "../../contracts/bar.ts";
import type { StatesOf, UnderProof } from "./under_proof.ts";

/** One feature that saw later bars. */
export interface Leak {
  readonly feature: string;
  /** The first state that differs. */
  readonly openTimeMs: number;
  /** The history ended so many bars after it. */
  readonly barsBeforeEnd: number;
  readonly truncated: number | null;
  readonly whole: number | null;
}

export interface PrefixResult {
  /** Lengths that the history was cut to. */
  readonly cuts: readonly number[];
  /** States compared, all cuts together. */
  readonly states: number;
  /** At most one for each feature. */
  readonly leaks: readonly Leak[];
}

const CUTS = 12;
/** Of these, a cut at the change before it is made as well for every feature that mostly stands still. */
const BORDER_CUTS = [3, 6, 9];

/** @param warmupBars Bars up to the first state. */
export function checkPrefix(
  { names, statesOf }: UnderProof,
  bars: readonly Bar[],
  warmupBars: number,
): PrefixResult {
  const whole = statesOf(bars);
  const even = cutsOf(bars.length, warmupBars);
  const cuts = [...new Set([...even, ...borderCuts(even, whole, names.length)])].sort((a, b) => a - b);
  const leaks = new Map<string, Leak>();
  let states = 0;
  for (const cut of cuts) {
    const truncated = statesOf(bars.slice(0, cut));
    for (let row = 0; row < cut; row++) {
      const [here, there] = [truncated[row] ?? null, whole[row] ?? null];
      if (here !== null && there !== null) states++;
      names.forEach((feature, index) => {
        const [a, b] = [here?.[index] ?? null, there?.[index] ?? null];
        if (Object.is(a, b) || leaks.has(feature)) return;
        const { openTimeMs } = bars[row] as Bar;
        leaks.set(feature, { feature, openTimeMs, barsBeforeEnd: cut - 1 - row, truncated: a, whole: b });
      });
    }
  }
  return { cuts, states, leaks: [...leaks.values()] };
}

/** From just warm to one bar short of the whole, at uneven distances, so that no period can hide between them. */
function cutsOf(length: number, warmupBars: number): number[] {
  const first = Math.min(warmupBars, length - 1);
  const cuts = Array.from({ length: CUTS }, (_, index) => {
    const share = index / (CUTS - 1);
    return first + Math.floor(share ** 1.5 * (length - 1 - first));
  });
  return [...new Set(cuts)].filter((cut) => cut > 0);
}

/** A feature of a longer timeframe changes with its last bar alone: a value that comes a bar early shows only in a history that ends
 * with the bar in which it came. */
function borderCuts(cuts: readonly number[], rows: ReturnType<StatesOf>, features: number): number[] {
  return Array.from({ length: features }, (_, index) => {
    const changes = rows.flatMap((row, at) => {
      const before = rows[at - 1] ?? null;
      return row !== null && before !== null && !Object.is(row[index], before[index]) ? [at] : [];
    });
    if (changes.length * 2 > rows.length) return [];
    return BORDER_CUTS.flatMap((each) => {
      const last = changes.findLast((at) => at < (cuts[each] ?? 0));
      return last === undefined ? [] : [last, last + 1];
    });
  }).flat();
}
