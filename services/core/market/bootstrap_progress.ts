/** How far the history is published, how fast, and how long it will take. */
import type { Clock } from "../runtime/clock.ts";

export interface ProgressFigures {
  /** Bars that are published, of all symbols. */
  readonly bars: number;
  /** Bars that there will be. */
  readonly of: number;
  readonly percent: number;
  readonly barsPerSecond: number;
  /** Left, at this rate; absent where there is none yet. */
  readonly secondsLeft?: number;
}

export class BootstrapProgress {
  readonly #of: number;
  readonly #clock: Clock;
  readonly #startedMs: number;
  /** Bars that an earlier run of core had published. */
  readonly #before: number;

  constructor(parts: { readonly before: number; readonly of: number; readonly clock: Clock }) {
    this.#of = parts.of;
    this.#before = parts.before;
    this.#clock = parts.clock;
    this.#startedMs = parts.clock.monotonicMs();
  }

  /** @param bars Published so far, those from before included. */
  figures(bars: number): ProgressFigures {
    const of = Math.max(bars, this.#of);
    const seconds = (this.#clock.monotonicMs() - this.#startedMs) / 1_000;
    const rate = seconds > 0 ? (bars - this.#before) / seconds : 0;
    return {
      bars,
      of,
      percent: of === 0 ? 100 : Math.floor(bars / of * 100),
      barsPerSecond: Math.round(rate),
      ...(rate > 0 && { secondsLeft: Math.ceil((of - bars) / rate) }),
    };
  }
}
