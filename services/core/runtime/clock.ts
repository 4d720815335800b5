/** Time, injected: so that tests need no sleep. */

export interface Clock {
  /** UTC milliseconds. */
  nowMs(): number;
  /** Milliseconds that only grow, with microseconds behind the point. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  wait: (ms, signal) => {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    return promise;
  },
};

/** Polls `condition` until it gives a value. @throws {Error} After `deadlineMs`, saying what was waited for. */
export async function until<T>(
  clock: Clock,
  what: string,
  condition: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  options: { everyMs?: number; deadlineMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const { everyMs = 25, deadlineMs = Infinity, signal } = options;
  const startedMs = clock.monotonicMs();
  for (;;) {
    signal?.throwIfAborted();
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value as T;
    if (clock.monotonicMs() - startedMs > deadlineMs) {
      throw new Error(`Cannot go on as ${what} must happen within ${deadlineMs} ms: it did not`);
    }
    await clock.wait(everyMs, signal);
  }
}
