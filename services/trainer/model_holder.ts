/** Obeys a person's word on which version serves: takes the held version up, keeps candidates from taking over, and answers. */
import { type ModelHold, modelHold, modelHoldAnswer } from "../core/contracts/model_hold.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";
import type { Publisher } from "./publisher.ts";

export interface ModelHolderParts {
  readonly store: Store;
  readonly publisher: Pick<Publisher, "hold" | "release">;
  /** Why nothing may be held, e.g. as one version alone is served; null where it may. */
  readonly refusal: string | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what is held from now on. */
  readonly onChange: (version: string | null) => void;
}

const POLL_MS = 250;

export class ModelHolder {
  readonly #parts: ModelHolderParts;
  #revision = 0;

  constructor(parts: ModelHolderParts) {
    this.#parts = parts;
  }

  /** Looks once; what was obeyed or refused before is left alone. */
  async refresh(): Promise<void> {
    const { store, log, onChange } = this.#parts;
    const hold = await store.get(modelHold());
    if (hold === null || hold.revision === this.#revision) return;
    const { revision, version, reason } = hold;
    const refused = await this.#obey(hold);
    this.#revision = revision;
    log.info({ revision, version, reason, refused }, "model hold");
    if (refused === null) onChange(version);
    await store.set(modelHoldAnswer(), { revision, version, refused });
  }

  /** Looks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      await this.refresh().catch((cause) => log.warn({ err: cause }, "cannot look at the model hold"));
      await clock.wait(POLL_MS, signal);
    }
  }

  /** Null, or why not. A hold that is refused leaves the one before in force. */
  async #obey({ version }: ModelHold): Promise<string | null> {
    const { publisher, refusal } = this.#parts;
    if (refusal !== null) return refusal;
    if (version === null) {
      publisher.release();
      return null;
    }
    try {
      await publisher.hold(version);
      return null;
    } catch (cause) {
      return (cause as Error).message;
    }
  }
}
