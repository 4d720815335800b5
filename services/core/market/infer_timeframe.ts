/** The length of bars from the times between them. */
import type { Timeframe } from "../contracts/symbol.ts";
import type { BarSeries } from "./bar_series.ts";

const UNITS = [["w", 604_800_000], ["d", 86_400_000], ["h", 3_600_000], ["m", 60_000]] as const;
/** So many spacings of a symbol tell as much as all of them. */
const SPACINGS_READ = 100_000;

/** Names the median spacing, so that weekends and holidays do not count. @returns The timeframe, or the fault as
 * `rule: what is there`. */
export function inferTimeframe(
  all: readonly BarSeries[],
): { readonly timeframe: Timeframe } | { readonly fault: string } {
  const spacings = all.flatMap((series) =>
    Array.from(
      { length: Math.min(series.length - 1, SPACINGS_READ) },
      (_, index) => series.openTimeMs(index + 1) - series.openTimeMs(index),
    )
  );
  const medianMs = Float64Array.from(spacings).sort()[(spacings.length - 1) >>> 1];
  const unit = UNITS.find(([, unitMs]) => medianMs % unitMs === 0);
  const count = unit === undefined ? NaN : medianMs / unit[1];
  if (unit === undefined || count > 999) {
    return {
      fault: `the median time between bars must be whole minutes, hours or days: it is ${medianMs} ms`,
    };
  }
  return { timeframe: `${count}${unit[0]}` };
}
