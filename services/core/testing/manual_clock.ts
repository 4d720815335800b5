/** A clock that a test moves, or that jumps to what is waited for: no test sleeps. */
import type { Clock } from "../runtime/clock.ts";

interface Waiter {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #ms: number;
  #waiters: Waiter[] = [];
  readonly #jumps: boolean;

  /** @param options.jumps Every wait moves the clock to its end, after all else that is ready to run has run. */
  constructor(options: { readonly startMs?: number; readonly jumps?: boolean } = {}) {
    this.#ms = options.startMs ?? 0;
    this.#jumps = options.jumps ?? false;
  }

  nowMs(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.length;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      clearTimeout(jump);
      signal?.removeEventListener("abort", wake);
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      resolve();
    };
    const waiter = { dueMs: this.#ms + ms, wake };
    this.#waiters.push(waiter);
    signal?.addEventListener("abort", wake, { once: true });
    const jump = this.#jumps
      ? setTimeout(() => this.advance(Math.max(0, waiter.dueMs - this.#ms)))
      : undefined;
    return promise;
  }

  /** Moves the time on and wakes who waited for it. */
  advance(ms: number): void {
    this.#ms += ms;
    for (const waiter of this.#waiters) if (waiter.dueMs <= this.#ms) waiter.wake();
  }
}
