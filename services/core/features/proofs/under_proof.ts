/** What the proofs look at: a way from a whole history to its states. The product's way is the `StateBuilder`; a test
 * puts a leaking one in its place, and every proof that can see the leak has to fail. */
import type { Bar } from "../../contracts/bar.ts";
import type { Timeframe } from "../../contracts/symbol.ts";
import { type SessionDays, UTC_DAYS } from "../../market/session_days.ts";
import type { FeatureConfig } from "../feature_config.ts";
import { StateBuilder } from "../state_builder.ts";

/** One row for each bar: the values of `names` after it, null while warming up. */
export type StatesOf = (bars: readonly Bar[]) => readonly (ArrayLike<number> | null)[];

export interface UnderProof {
  /** What each value of a row is called. */
  readonly names: readonly string[];
  readonly statesOf: StatesOf;
}

/** The states that trading sees. */
export function productStates(
  features: readonly FeatureConfig[],
  warmupBars: number,
  timeframe: Timeframe,
  days: SessionDays = UTC_DAYS,
): UnderProof {
  return {
    names: features.map((feature) => feature.name),
    statesOf(bars) {
      const builder = new StateBuilder(features, warmupBars, timeframe, { days });
      return bars.map((bar) => builder.push(bar));
    },
  };
}

/** The values of a feature before they are scaled. */
export function productRaw(feature: FeatureConfig, timeframe: Timeframe): UnderProof {
  return {
    names: [feature.name],
    statesOf(bars) {
      const builder = new StateBuilder([feature], 0, timeframe);
      return bars.map((bar) => {
        builder.push(bar);
        return builder.raw;
      });
    },
  };
}
