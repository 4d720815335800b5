/** The set-up of a run, as the terminal shows it and, once there is a Redis, the page. */
import { setupSteps } from "../core/contracts/system.ts";
import type { Store } from "../core/redis/store.ts";
import type { Terminal } from "./live_line.ts";
import { setUp, type SetupRun } from "./setup/set_up.ts";
import type { SetupContext } from "./setup/setup_context.ts";
import type { StepProgress } from "./setup/setup_step.ts";
import { TerminalProgress } from "./setup/terminal_progress.ts";

export class ShownSetup {
  readonly #context: SetupContext;
  readonly #terminal: Terminal;
  readonly #steps: StepProgress[] = [];
  #store: Store | null = null;

  constructor(context: SetupContext, terminal: Terminal) {
    this.#context = context;
    this.#terminal = terminal;
  }

  start(): SetupRun {
    const progress = new TerminalProgress(this.#terminal, undefined, () => this.#terminal.columns());
    const onProgress = (step: StepProgress) => {
      if (step.state !== "skipped") progress.show(step);
      const known = this.#steps.findIndex((other) => other.name === step.name);
      if (known < 0) this.#steps.push(step);
      else this.#steps[known] = step;
      void this.#share(step);
    };
    return setUp(this.#context, { want: ["redis", "inference-addon", "trainer-addon"], onProgress });
  }

  /** Puts what was done and what will be where the page reads it. */
  shareIn(store: Store): void {
    this.#store = store;
    for (const step of this.#steps) void this.#share(step);
  }

  async #share(step: StepProgress): Promise<void> {
    const order = this.#steps.findIndex((other) => other.name === step.name);
    await this.#store?.setField(setupSteps(), step.name, {
      order,
      title: step.title,
      state: step.state,
      doneBytes: step.doneBytes ?? null,
      totalBytes: step.totalBytes ?? null,
      detail: step.error ?? step.detail ?? "",
      seconds: step.seconds,
    }).catch(() => {}); // the terminal shows it all the same
  }
}
