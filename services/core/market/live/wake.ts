/** Lets one loop rest until a time, or until somebody has news for it. */
import type { Clock } from "../../runtime/clock.ts";

export class Wake {
  readonly #clock: Clock;
  #hasNews = false;
  #resting: AbortController | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the rest; one that comes before the next rest ends that one at once. */
  up(): void {
    this.#hasNews = true;
    this.#resting?.abort();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#hasNews) {
      this.#resting = new AbortController();
      await this.#clock.wait(ms, this.#resting.signal);
      this.#resting = null;
    }
    this.#hasNews = false;
  }
}
