/** The length of bars from the times between them. */
import type { Timeframe } from "../contracts/symbol.ts";

const UNITS = [["w", 604_800_000], ["d", 86_400_000], ["h", 3_600_000], ["m", 60_000]] as const;
/** So many times, over all symbols, tell as much as all of them; some of each symbol are read. */
const TIMES_READ = 100_000;
const LEAST_READ = 100;

/** Open times of a symbol, in any order; what is NaN or doubled does not count. */
export interface Times {
  readonly length: number;
  openTimeMs(index: number): number;
}

/** Names the median spacing, so that weekends and holidays do not count. @param all By symbol.
 * @returns The timeframe, or the fault as `rule: what is there`. */
export function inferTimeframe(
  all: ReadonlyMap<string, Times>,
): { readonly timeframe: Timeframe } | { readonly fault: string } {
  const most = Math.max(LEAST_READ, Math.floor(TIMES_READ / all.size));
  const spacings = new Map([...all].map(([symbol, times]) => [symbol, spacingsOf(times, most)]));
  const together = Float64Array.from([...spacings.values()].flatMap((own) => [...own])).sort();
  // Too short for anything, which is told with what is wrong with its rows.
  if (together.length === 0) return { timeframe: "1d" };
  const medianMs = medianOf(together);
  const timeframe = nameOf(medianMs);
  if (timeframe === null) {
    return {
      fault: `the median time between bars must be whole minutes, hours or days: it is ${medianMs} ms`,
    };
  }
  for (const [symbol, own] of spacings) {
    if (own.length === 0 || own[0] <= medianMs && medianOf(own) >= medianMs) continue;
    return {
      fault: `the bars of all symbols must be of one length, which by the median is ${timeframe}: ` +
        `those of ${symbol} are ${nameOf(medianOf(own)) ?? `${medianOf(own)} ms`} apart`,
    };
  }
  return { timeframe };
}

/** Ascending. */
function spacingsOf(times: Times, most: number): Float64Array {
  const sorted = Float64Array.from(
    { length: Math.min(times.length, most) },
    (_, index) => times.openTimeMs(index),
  ).filter((time) => !Number.isNaN(time)).sort();
  return sorted.subarray(1).map((time, index) => time - sorted[index]).filter((spacing) => spacing > 0)
    .sort();
}

function medianOf(sorted: Float64Array): number {
  return sorted[(sorted.length - 1) >>> 1];
}

function nameOf(ms: number): Timeframe | null {
  const unit = UNITS.find(([, unitMs]) => ms % unitMs === 0);
  const count = unit === undefined ? NaN : ms / unit[1];
  return unit === undefined || count > 999 ? null : `${count}${unit[0]}`;
}
