/** Puts bars, and the holes between them, into their streams. */
import { type Bar, type BarPhase, barStream } from "../contracts/bar.ts";
import { missingBarsStream } from "../contracts/missing_bars.ts";
import type { Timeframe } from "../contracts/symbol.ts";
import type { Store } from "../redis/store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Batch, Hole } from "./market.ts";

export interface BarPublisherParts {
  readonly timeframe: Timeframe;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Told how many bars were put in, and how many were given up, by this call. */
  readonly onPublished?: (phase: BarPhase, bars: number) => void;
  readonly onMissing?: (bars: number) => void;
}

export class BarPublisher {
  readonly #parts: BarPublisherParts;

  constructor(parts: BarPublisherParts) {
    this.#parts = parts;
  }

  /** What is there already is left as it is. The symbols that have one bar each go in one round trip. */
  async publish(phase: BarPhase, { bars, holes }: Batch): Promise<void> {
    const { store, timeframe } = this.#parts;
    const single = [...bars].flatMap(([symbol, series]) =>
      series.length === 1 && !holes.has(symbol)
        ? [[barStream(symbol, timeframe), `${series[0].openTimeMs}-0`, { phase, bar: series[0] }] as const]
        : []
    );
    if (single.length > 0) {
      const appended = await store.appendToEach(single);
      this.#parts.onPublished?.(phase, appended);
    }
    if (single.length === bars.size) return;
    for (const [symbol, series] of bars) {
      const missing = holes.get(symbol) ?? [];
      if (series.length !== 1 || missing.length > 0) {
        await this.#publishSeries(symbol, phase, series, missing);
      }
    }
  }

  /** Each hole is recorded in its place: after the bars before it, or these could not follow any more were core killed in
   * between; before the bars after it, or it would be forgotten. */
  async #publishSeries(
    symbol: string,
    phase: BarPhase,
    bars: readonly Bar[],
    holes: readonly Hole[],
  ): Promise<void> {
    let done = 0;
    for (const hole of holes) {
      const index = bars.findIndex((bar) => bar.openTimeMs >= hole.fromMs);
      const behind = index < 0 ? bars.length : index;
      await this.#append(symbol, phase, bars.slice(done, behind));
      await this.#record(symbol, hole);
      done = behind;
    }
    await this.#append(symbol, phase, bars.slice(done));
  }

  async #append(symbol: string, phase: BarPhase, bars: readonly Bar[]): Promise<void> {
    if (bars.length === 0) return;
    const { store, timeframe } = this.#parts;
    const appended = await store.appendAll(
      barStream(symbol, timeframe),
      bars.map((bar) => [`${bar.openTimeMs}-0`, { phase, bar }] as const),
    );
    this.#parts.onPublished?.(phase, appended);
  }

  async #record(symbol: string, hole: Hole): Promise<void> {
    const { store, timeframe, clock, log } = this.#parts;
    log.warn({ symbol, ...hole }, "bars are missing");
    const missing = { ...hole, atMs: clock.nowMs() };
    const done = await store.append(missingBarsStream(symbol, timeframe), `${hole.fromMs}-0`, missing);
    if (done === "appended") this.#parts.onMissing?.(hole.bars);
  }
}
