/** Turns bars into the state vector that the network sees. Pure: no clock, no Redis, no addon. The same class serves
 * training, backtest, paper and live, so a state means the same everywhere.
 *
 * **Invariant:** a state depends on the bars pushed so far and on nothing else; equal histories give equal bits. */
import type { Bar } from "../contracts/bar.ts";
import { featureBarsNeeded, type FeatureConfig, sourceOf } from "./feature_config.ts";
import { normRange, type Scaler, startScaler } from "./feature_scaling.ts";

/** What one element of the state vector is. */
export interface FeatureLayout {
  readonly name: string;
  readonly source: string;
  /** Unit of the value before scaling. */
  readonly unit: string;
  /** Lowest and highest value in the state vector. */
  readonly range: readonly [number, number];
}

interface Feature {
  readonly barsNeeded: number;
  readonly neutral: number;
  readonly read: (bar: Bar) => number | null | undefined;
  readonly scale: Scaler;
}

export class StateBuilder {
  /** The state vector's elements, in order. */
  readonly layout: readonly FeatureLayout[];
  /** Bars up to the first state, that bar included. */
  readonly barsNeeded: number;
  readonly #features: readonly Feature[];
  #bars = 0;
  #lastMs = -1;
  #replaced = 0;

  /** @param warmupBars Makes the first state wait longer than its features need. @throws {RangeError} If there is no feature. */
  constructor(features: readonly FeatureConfig[], warmupBars = 0) {
    if (features.length === 0) {
      throw new RangeError("Cannot build states as there must be at least 1 feature: there is none");
    }
    this.#features = features.map((feature) => ({
      barsNeeded: sourceOf(feature).barsNeeded(feature.params),
      neutral: sourceOf(feature).neutral,
      read: sourceOf(feature).start(feature.params),
      scale: startScaler(feature.norm),
    }));
    this.layout = features.map((feature) => ({
      name: feature.name,
      source: feature.source,
      unit: sourceOf(feature).unit,
      range: normRange(feature.norm, sourceOf(feature).range),
    }));
    this.barsNeeded = Math.max(warmupBars, ...features.map(featureBarsNeeded));
  }

  /** Values that were not finite (a flat price, no volume) and became their source's neutral value, so far. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Takes the next bar.
   * @returns The state after this bar, `[features]`, all finite; null while warming up.
   * @throws {RangeError} If the bar is not later than the last one, or a price is not positive; it is not taken then. */
  push(bar: Bar): Float32Array | null {
    this.#check(bar);
    this.#lastMs = bar.openTimeMs;
    this.#bars++;
    const state = new Float32Array(this.#features.length);
    this.#features.forEach((feature, index) => {
      const raw = feature.read(bar);
      if (this.#bars < feature.barsNeeded) return;
      const scaled = feature.scale(this.#finite(raw, feature.neutral));
      if (scaled !== undefined) state[index] = scaled;
    });
    return this.#bars < this.barsNeeded ? null : state;
  }

  #finite(value: number | null | undefined, neutral: number): number {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.#replaced++;
    return neutral;
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
