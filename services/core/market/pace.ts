/** Holds rounds back until they are due, so that a replay runs at a chosen speed. */
export interface PaceClock {
  /** Milliseconds of a clock that never goes back; its zero does not matter. */
  nowMs(): number;
  /** Rejects, or resolves at once, when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface PaceOptions {
  /** Bars a second for each symbol (rounds a second), or `max` for no holding back. */
  readonly speed: number | "max";
  readonly clock: PaceClock;
  readonly signal?: AbortSignal;
}

/** Timers take no longer delay. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
/** A consumer that fell further behind than this (or one interval) is not rushed: the pace starts anew. */
const LONGEST_CATCH_UP_MS = 1_000;

/** Yields rounds at an even pace. Due times follow from the first one, so that late timers do not add up.
 * @throws {RangeError} If the speed is out of its range.  @throws The signal's reason, once it is aborted. */
export async function* paced<T>(
  rounds: Iterable<T> | AsyncIterable<T>,
  { speed, clock, signal }: PaceOptions,
): AsyncGenerator<T> {
  const intervalMs = speed === "max" ? 0 : 1_000 / speed;
  if (!(intervalMs >= 0 && intervalMs <= LONGEST_WAIT_MS)) {
    throw new RangeError(
      `Cannot pace bars as the speed must be "max" or at least ${
        1_000 / LONGEST_WAIT_MS
      } bars/s: it is ${speed}`,
    );
  }
  const catchUpMs = Math.max(LONGEST_CATCH_UP_MS, intervalMs);
  let startMs = clock.nowMs();
  let intervals = 0;
  for await (const round of rounds) {
    signal?.throwIfAborted();
    if (intervalMs > 0) {
      const waitMs = startMs + intervals * intervalMs - clock.nowMs();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (waitMs < -catchUpMs) {
        startMs = clock.nowMs();
        intervals = 0;
      }
      intervals++;
    }
    signal?.throwIfAborted();
    yield round;
  }
}
