/** Turns bars into the state vector that the network sees. Pure: no clock, no Redis, no addon. The same class serves
 * training, backtest, paper and live, so a state means the same everywhere.
 *
 * **Invariant:** a state depends on the bars pushed so far and on nothing else; equal histories give equal bits. */
import type { Bar } from "../contracts/bar.ts";
import { type Timeframe, timeframeMs } from "../contracts/symbol.ts";
import { type SessionDays, UTC_DAYS } from "../market/session_days.ts";
import { AverageRange } from "./average_range.ts";
import { BarAggregator } from "./bar_aggregator.ts";
import { featureBarsNeeded, type FeatureConfig, sourceOf, timeframeRatio } from "./feature_config.ts";
import { FeatureGroup, type StateValues } from "./feature_group.ts";
import { normRange } from "./feature_scaling.ts";

/** What one element of the state vector is. */
export interface FeatureLayout {
  readonly name: string;
  readonly source: string;
  /** Unit of the value before scaling. */
  readonly unit: string;
  /** Lowest and highest value in the state vector. */
  readonly range: readonly [number, number];
}

/** All that the next states depend on, exactly. Good for a builder of the same features and the same versions of the
 * indicator libraries, which the schema's hash names. */
export interface StateSnapshot {
  /** Of what it is the snapshot. */
  readonly identity: string;
  readonly values: Float64Array;
}

/** Counts the changes of what a snapshot's values mean. */
const SNAPSHOT_FORMAT = 2;

export class StateBuilder {
  /** The state vector's elements, in order. */
  readonly layout: readonly FeatureLayout[];
  /** Bars up to the first state, that bar included. */
  readonly barsNeeded: number;
  readonly #identity: string;
  readonly #groups: readonly FeatureGroup[];
  readonly #values: StateValues;
  readonly #range: AverageRange | null;
  #bars = 0;
  #lastMs = -1;

  /** @param warmupBars Makes the first state wait longer than its features need.
   * @param timeframe Of the bars; needed where a feature has one of its own.
   * @param options.atr Follows the average true range beside the features.
   * @param options.days On which longer timeframes lie, and whose clock is read.
   * @throws {RangeError} If there is no feature, or one does not fit the timeframe. */
  constructor(
    features: readonly FeatureConfig[],
    warmupBars = 0,
    timeframe: Timeframe = "1d",
    options: { readonly atr?: boolean; readonly days?: SessionDays } = {},
  ) {
    if (features.length === 0) {
      throw new RangeError("Cannot build states as there must be at least 1 feature: there is none");
    }
    this.layout = features.map((feature) => ({
      name: feature.name,
      source: feature.source,
      unit: sourceOf(feature).unit,
      range: normRange(feature.norm, sourceOf(feature).range),
    }));
    const { atr = false, days = UTC_DAYS } = options;
    this.#range = atr ? new AverageRange() : null;
    this.barsNeeded = Math.max(
      warmupBars,
      this.#range?.barsNeeded ?? 0,
      ...features.map((feature) => featureBarsNeeded(feature, timeframe)),
    );
    this.#identity = JSON.stringify([
      SNAPSHOT_FORMAT,
      timeframe,
      this.barsNeeded,
      features,
      ...(this.#range === null ? [] : ["atr"]),
      ...(days.name === UTC_DAYS.name ? [] : [days.name]),
    ]);
    this.#values = {
      raw: new Float64Array(features.length).fill(NaN),
      scaled: new Float32Array(features.length),
    };
    this.#groups = groupsOf(features, timeframe, days, this.#values);
  }

  /** Values that were not finite (a flat price, no volume) and became their source's neutral value, so far. */
  get replaced(): number {
    return this.#groups.reduce((sum, group) => sum + group.replaced, 0);
  }

  /** The values after the last bar before they were scaled, in order; NaN for a source that is not warm yet. */
  get raw(): Float64Array {
    return this.#values.raw.slice();
  }

  /** The average true range after the last bar in price units: what stops and takes are placed by. Null while it warms up, where
   * no price has ever moved, and where nobody asked for it. */
  get atr(): number | null {
    return this.#range?.value ?? null;
  }

  /** Takes the next bar.
   * @returns The state after this bar, `[features]`, all finite; null while warming up.
   * @throws {RangeError} If the bar is not later than the last one, or a price is not positive; it is not taken then. */
  push(bar: Bar): Float32Array | null {
    this.#check(bar);
    this.#lastMs = bar.openTimeMs;
    this.#bars++;
    for (const group of this.#groups) group.push(bar);
    this.#range?.push(bar);
    const warm = this.#bars >= this.barsNeeded && this.#groups.every((group) => group.isWarm);
    return warm ? this.#values.scaled.slice() : null;
  }

  /** All that the next states depend on: with {@link restore}, a restart changes no bit of them. */
  snapshot(): StateSnapshot {
    const values: number[] = [this.#bars, this.#lastMs];
    for (const group of this.#groups) group.snapshot((value) => values.push(value));
    this.#range?.snapshot((value) => values.push(value));
    return { identity: this.#identity, values: Float64Array.from(values) };
  }

  /** Goes on from a snapshot. @throws {RangeError} If this builder has seen a bar, or the snapshot is not of its kind. */
  restore({ identity, values }: StateSnapshot): void {
    if (this.#bars > 0) {
      throw new RangeError(`Cannot restore states as no bar may come before: ${this.#bars} have`);
    }
    if (identity !== this.#identity) {
      throw new RangeError(
        `Cannot restore states as the snapshot must be of ${this.#identity}: it is of ${identity}`,
      );
    }
    let next = 0;
    const read = () => {
      if (next === values.length) {
        throw new RangeError(
          `Cannot restore states as the snapshot must be whole: it ends after ${next} values`,
        );
      }
      return values[next++] as number;
    };
    [this.#bars, this.#lastMs] = [read(), read()];
    for (const group of this.#groups) group.restore(read);
    this.#range?.restore(read);
    if (next !== values.length) {
      throw new RangeError(
        `Cannot restore states as the snapshot must hold ${next} values: it holds ${values.length}`,
      );
    }
  }

  #check(bar: Bar): void {
    if (!(bar.openTimeMs > this.#lastMs)) {
      throw new RangeError(
        `Cannot build state as bars must be in order: bar ${bar.openTimeMs} comes after ${this.#lastMs}`,
      );
    }
    const { open, high, low, close, volume } = bar;
    const sound = open > 0 && low > 0 && close > 0 && high < Infinity && volume >= 0 && volume < Infinity &&
      high >= open && high >= close && high >= low && low <= open && low <= close;
    if (!sound) {
      throw new RangeError(
        `Cannot build state as bar ${bar.openTimeMs} must have positive prices within its high and low and a volume ` +
          `>= 0: it is ${JSON.stringify({ open, high, low, close, volume })}`,
      );
    }
  }
}

/** One group for each timeframe. */
function groupsOf(
  features: readonly FeatureConfig[],
  timeframe: Timeframe,
  days: SessionDays,
  values: StateValues,
): FeatureGroup[] {
  const stepMs = timeframeMs(timeframe);
  const byRatio = Map.groupBy(features.keys(), (index) => timeframeRatio(features[index]!, timeframe));
  return [...byRatio].map(([ratio, places]) =>
    new FeatureGroup(
      places.map((place) => features[place]!),
      places,
      values,
      ratio === 1 ? null : new BarAggregator(ratio * stepMs, stepMs, days),
      days,
    )
  );
}
