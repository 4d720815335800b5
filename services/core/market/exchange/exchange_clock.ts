/** The exchange's time: which candle is over is for the exchange's clock to say, not for ours. */
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";

export interface ExchangeClockOptions {
  /** Of the feed, for messages. */
  readonly name: string;
  /** A difference above this is logged. */
  readonly warnMs: number;
  /** A difference above this is refused. */
  readonly refuseMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The quickest of so many answers is used: it leaves the least doubt. */
const SAMPLES = 3;

export class ExchangeClock {
  readonly #options: ExchangeClockOptions;
  #offsetMs = 0;

  constructor(options: ExchangeClockOptions) {
    this.#options = options;
  }

  /** How far the exchange's clock is ahead of ours. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  nowMs(): number {
    return this.#options.clock.nowMs() + this.#offsetMs;
  }

  /** Compares the clocks.
   * @param fetchTime Gives the exchange's time in UTC milliseconds.
   * @throws {RangeError} If they differ by more than what is allowed, however long the answers took. */
  async check(fetchTime: () => Promise<number>): Promise<void> {
    const { name, warnMs, refuseMs, log } = this.#options;
    let best = { offsetMs: 0, doubtMs: Infinity };
    for (let sample = 0; sample < SAMPLES; sample++) {
      const measured = await this.#measure(fetchTime);
      if (measured.doubtMs < best.doubtMs) best = measured;
    }
    this.#offsetMs = best.offsetMs;
    const offMs = Math.abs(best.offsetMs) - best.doubtMs;
    if (offMs <= warnMs) return;
    const differs = `${Math.round(Math.abs(best.offsetMs))} ms ${best.offsetMs > 0 ? "behind" : "ahead of"}`;
    log.warn(
      { offsetMs: best.offsetMs, doubtMs: best.doubtMs },
      `this machine's clock is ${differs} ${name}'s`,
    );
    if (offMs <= refuseMs) return;
    throw new RangeError(
      `Cannot follow ${name} as this machine's clock must be within ${refuseMs} ms of the exchange's ` +
        `(exchange.clock_refuse_ms): it is ${differs} it. Synchronise it, e.g. with NTP`,
    );
  }

  /** The answer was made at some time between question and answer: the middle is off by half of it at most. */
  async #measure(fetchTime: () => Promise<number>): Promise<{ offsetMs: number; doubtMs: number }> {
    const { clock } = this.#options;
    const [askedMs, startedMs] = [clock.nowMs(), clock.monotonicMs()];
    const theirsMs = await fetchTime();
    const doubtMs = (clock.monotonicMs() - startedMs) / 2;
    return { offsetMs: theirsMs - askedMs - doubtMs, doubtMs };
  }
}
