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
  #range = 0;

  /** In price units; null while it warms up, and where no price has ever moved. What decays for ever never ends: a stop that was
   * placed by it stays measurable. */
  get value(): number | null {
    return this.#group.isWarm && this.#range > 0 ? this.#range : null;
  }

  push(bar: Bar): void {
    this.#group.push(bar);
    const range = this.#values.raw[0] * bar.close;
    if (range > 0) this.#range = range;
  }

  snapshot(write: (value: number) => void): void {
    this.#group.snapshot(write);
    write(this.#range);
  }

  restore(read: () => number): void {
    this.#group.restore(read);
    this.#range = read();
  }
}
