/** The average true range in price units, beside the state vector: what stops and takes are placed by. Pure. */
import type { Bar } from "../contracts/bar.ts";
import { type FeatureConfig, ownBarsNeeded } from "./feature_config.ts";
import { FeatureGroup, type StateValues } from "./feature_group.ts";

/** By the library's Wilder average over 14 bars, of the bars that are decided on. */
export const ATR_FEATURE: FeatureConfig = {
  name: "atr",
  source: "atr_ratio",
  params: { period: 14 },
  norm: { kind: "none" },
};

export class AverageRange {
  /** Bars up to the first value, that bar included. */
  readonly barsNeeded = ownBarsNeeded(ATR_FEATURE);
  readonly #values: StateValues = { raw: Float64Array.of(NaN), scaled: new Float32Array(1) };
  readonly #group = new FeatureGroup([ATR_FEATURE], [0], this.#values, null);
  #close = NaN;

  /** In price units; null while it warms up, and where the price stands still. */
  get value(): number | null {
    const range = this.#values.raw[0] * this.#close;
    return this.#group.isWarm && range > 0 ? range : null;
  }

  push(bar: Bar): void {
    this.#group.push(bar);
    this.#close = bar.close;
  }

  snapshot(write: (value: number) => void): void {
    this.#group.snapshot(write);
    write(this.#close);
  }

  restore(read: () => number): void {
    this.#group.restore(read);
    this.#close = read();
  }
}
