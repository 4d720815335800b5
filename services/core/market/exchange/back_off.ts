/** How long to leave somebody alone who does not answer: longer after each failure, up to a limit, and never for all
 * clients alike. */
import type { Clock } from "../../runtime/clock.ts";

export interface BackOffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** In [0, 1). */
  readonly random: () => number;
}

export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;
  #untilMs = -Infinity;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** What is left of the time to wait, from 0 on. */
  get restMs(): number {
    return Math.max(0, this.#untilMs - this.#options.clock.monotonicMs());
  }

  get isWaiting(): boolean {
    return this.restMs > 0;
  }

  /** Counts a failure, unless the last one is still being waited for: what many see at once is one failure. Waits between
   * half and all of `firstMs` × 2ⁿ, at most `mostMs`. */
  fail(): void {
    if (this.isWaiting) return;
    const { firstMs, mostMs, clock, random } = this.#options;
    const fullMs = Math.min(mostMs, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    this.#untilMs = clock.monotonicMs() + fullMs * (1 + random()) / 2;
  }

  succeed(): void {
    this.#failures = 0;
    this.#untilMs = -Infinity;
  }
}
