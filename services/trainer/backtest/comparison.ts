/** Whether a strategy was better than another one over the same bars, and how sure that is. Pure. */
import { returnsOf } from "../../core/metrics/performance.ts";
import {
  type BootstrapOptions,
  centralInterval,
  stationaryDraws,
} from "../../core/metrics/stationary_bootstrap.ts";
import { COVERAGE, type Interval } from "./figures.ts";
import type { Curve } from "./portfolio.ts";

export interface Comparison {
  /** By how much the growth a year was higher, as a fraction. */
  readonly difference: number;
  /** Where that lies in resampled histories. */
  readonly interval: Interval;
  /** Share of the resampled histories in which it was higher; a tie counts half. */
  readonly probability: number;
}

/** Both are resampled at the same bars, so that what moved both does not count.
 * @param other Over the same bars. */
export function compare(own: Curve, other: Curve, perYear: number, options: BootstrapOptions): Comparison {
  const logs = [own, other].map(({ equity }) => returnsOf(equity).map(Math.log1p));
  const [ours, theirs] = logs as [Float64Array, Float64Array];
  const years = ours.length / perYear;
  const growth = (sum: number) => Math.expm1(sum / years);
  const differences = new Float64Array(options.draws);
  let [draw, above] = [0, 0];
  for (const positions of stationaryDraws(ours.length, options)) {
    let [own, other] = [0, 0];
    for (const position of positions) {
      own += ours[position]!;
      other += theirs[position]!;
    }
    differences[draw++] = growth(own) - growth(other);
    above += own > other ? 1 : own === other ? 0.5 : 0; // a loss of minutes, brought to a year, is all there is, for both
  }
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return {
    difference: growth(sum(ours)) - growth(sum(theirs)),
    interval: centralInterval(differences.sort(), COVERAGE),
    probability: above / options.draws,
  };
}
