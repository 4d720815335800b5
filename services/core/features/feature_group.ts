/** The features of one timeframe: reads their sources, scales what they say, and keeps what a restart needs. */
import type { Bar } from "../contracts/bar.ts";
import { type SessionDays, UTC_DAYS } from "../market/session_days.ts";
import type { BarAggregator } from "./bar_aggregator.ts";
import { type FeatureConfig, ownBarsNeeded, sourceOf } from "./feature_config.ts";
import { startScaler } from "./feature_scaling.ts";
import type { SourceStream } from "./feature_source.ts";
import { LibraryAverages } from "./library_averages.ts";
import type { Scaler } from "./scalers.ts";

interface Feature {
  /** Its place in the state vector. */
  readonly index: number;
  /** Bars up to its source's first value. */
  readonly barsNeeded: number;
  readonly neutral: number;
  readonly averages: LibraryAverages;
  readonly read: SourceStream;
  readonly scaler: Scaler;
}

/** Where the values go, by place in the state vector. */
export interface StateValues {
  readonly raw: Float64Array;
  readonly scaled: Float32Array;
}

export class FeatureGroup {
  readonly #features: readonly Feature[];
  readonly #values: StateValues;
  readonly #aggregator: BarAggregator | null;
  /** Bars of this timeframe up to the last feature's first scaled value. */
  readonly #barsNeeded: number;
  /** The last bars, as a ring: replayed, they fill every window of the libraries. */
  readonly #tail: Bar[] = [];
  readonly #tailLength: number;
  #bars = 0;
  #replaced = 0;

  /** @param places The features' places in the state vector.  @param aggregator Makes this timeframe's bars; null where
   * they are those that are pushed.  @param days Whose clock the sources read. */
  constructor(
    features: readonly FeatureConfig[],
    places: readonly number[],
    values: StateValues,
    aggregator: BarAggregator | null,
    days: SessionDays = UTC_DAYS,
  ) {
    this.#features = features.map((feature, index) => {
      const source = sourceOf(feature);
      const averages = new LibraryAverages();
      return {
        index: places[index] as number,
        barsNeeded: source.barsNeeded(feature.params),
        neutral: source.neutral,
        averages,
        read: source.start(feature.params, averages, days),
        scaler: startScaler(feature.norm),
      };
    });
    this.#values = values;
    this.#aggregator = aggregator;
    this.#barsNeeded = Math.max(...features.map(ownBarsNeeded));
    this.#tailLength = Math.max(...this.#features.map((feature) => feature.barsNeeded));
  }

  /** Values that were not finite and became their source's neutral value, so far. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Whether every feature has a scaled value. */
  get isWarm(): boolean {
    return this.#bars >= this.#barsNeeded;
  }

  push(bar: Bar): void {
    if (this.#aggregator === null) this.#step(bar);
    else this.#aggregator.push(bar, (closed) => this.#step(closed));
  }

  snapshot(write: (value: number) => void): void {
    write(this.#bars);
    write(this.#replaced);
    this.#aggregator?.snapshot(write);
    const kept = this.#tail.length;
    for (let index = this.#bars - kept; index < this.#bars; index++) {
      const bar = this.#tail[index % this.#tailLength] as Bar;
      for (const value of [bar.openTimeMs, bar.open, bar.high, bar.low, bar.close, bar.volume]) write(value);
    }
    for (const { index, averages, scaler } of this.#features) {
      averages.snapshot(write);
      scaler.snapshot(write);
      write(this.#values.raw[index] as number);
      write(this.#values.scaled[index] as number);
    }
  }

  /** Fills a group that has seen no bar: the libraries' windows from the last bars, all else as it was. */
  restore(read: () => number): void {
    this.#bars = read();
    this.#replaced = read();
    this.#aggregator?.restore(read);
    const kept = Math.min(this.#bars, this.#tailLength);
    for (let index = this.#bars - kept; index < this.#bars; index++) {
      const bar = {
        openTimeMs: read(),
        open: read(),
        high: read(),
        low: read(),
        close: read(),
        volume: read(),
      };
      this.#tail[index % this.#tailLength] = bar;
      for (const feature of this.#features) feature.read(bar);
    }
    for (const { index, averages, scaler } of this.#features) {
      averages.restore(read);
      scaler.restore(read);
      this.#values.raw[index] = read();
      this.#values.scaled[index] = read();
    }
  }

  #step(bar: Bar): void {
    this.#tail[this.#bars % this.#tailLength] = bar;
    this.#bars++;
    for (const feature of this.#features) {
      const value = feature.read(bar);
      if (this.#bars < feature.barsNeeded) continue;
      const raw = this.#finite(value, feature.neutral);
      this.#values.raw[feature.index] = raw;
      const scaled = feature.scaler.push(raw);
      if (scaled !== undefined) this.#values.scaled[feature.index] = scaled;
    }
  }

  #finite(value: number | null | undefined, neutral: number): number {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.#replaced++;
    return neutral;
  }
}
