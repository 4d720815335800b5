/** One named step of the set-up: its states, its progress, and the clock that runs with it. */

export interface StepProgress {
  readonly name: string;
  readonly title: string;
  readonly state: "waiting" | "running" | "done" | "skipped" | "failed";
  readonly doneBytes?: number;
  readonly totalBytes?: number;
  readonly detail?: string;
  readonly seconds: number;
  readonly error?: string;
}

export type OnProgress = (step: StepProgress) => void;

/** What a running step may say about itself. */
export interface StepReport {
  update(change: { doneBytes?: number; totalBytes?: number; detail?: string }): void;
}

const HEARTBEAT_MS = 500;

/** Reports one step: `waiting` at once, `running` with a heartbeat, then `done`, `skipped` or `failed`. */
export class SetupStep {
  #state: StepProgress["state"] = "waiting";
  #startedMs: number | undefined;
  #shown: { doneBytes?: number; totalBytes?: number; detail?: string } = {};

  constructor(
    readonly name: string,
    readonly title: string,
    private readonly onProgress: OnProgress,
    private readonly signal?: AbortSignal,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#emit();
  }

  skip(detail: string): void {
    this.#state = "skipped";
    this.#shown = { detail };
    this.#emit();
  }

  fail(error: unknown): void {
    this.#state = "failed";
    this.#emit(error instanceof Error ? error.message : String(error));
  }

  /** For a step that ends, or cannot start, because another one failed or the user interrupted: it has no error of its own. */
  stop(reason: string): void {
    this.#state = "failed";
    this.#shown = { detail: reason };
    this.#emit();
  }

  async run<T>(body: (report: StepReport) => Promise<T>): Promise<T> {
    this.#startedMs = this.nowMs();
    this.#state = "running";
    this.#emit();
    const heartbeat = setInterval(() => this.#emit(), HEARTBEAT_MS);
    try {
      const result = await body({ update: (change) => Object.assign(this.#shown, change) });
      this.#state = "done";
      this.#emit();
      return result;
    } catch (error) {
      if (this.signal?.aborted) this.stop("");
      else this.fail(error);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }

  #emit(error?: string): void {
    const seconds = this.#startedMs === undefined ? 0 : (this.nowMs() - this.#startedMs) / 1000;
    this.onProgress({
      name: this.name,
      title: this.title,
      state: this.#state,
      seconds,
      ...this.#shown,
      ...(error === undefined ? {} : { error }),
    });
  }
}
