/** The models that a replica decides with: the one that serves, and the candidate in the shadow, as both change. */
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { ModelWatcher, type ModelWatcherParts } from "./model_watcher.ts";
import { ShadowWatch } from "./shadow_watch.ts";

export interface FollowedModelsParts extends ModelWatcherParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly everyMs: number;
}

export class FollowedModels {
  readonly #parts: FollowedModelsParts;
  readonly serving: ModelWatcher;
  readonly shadow: ShadowWatch;

  constructor(parts: FollowedModelsParts) {
    this.#parts = parts;
    this.serving = new ModelWatcher(parts);
    this.shadow = new ShadowWatch(parts);
  }

  /** Looks now. */
  async refresh(): Promise<void> {
    await Promise.all([this.serving.refresh(), this.shadow.refresh()]);
  }

  /** Looks now. @returns Whether the gate has judged a candidate, or a model serves that came without it. */
  async isJudged(): Promise<boolean> {
    await this.refresh();
    return this.shadow.isJudged || this.serving.model !== null;
  }

  /** Looks now and then until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, log } = this.#parts;
    while (!signal.aborted) {
      await this.refresh().catch((cause) => log.warn({ err: cause }, "cannot look for a model"));
      await clock.wait(everyMs, signal);
    }
  }
}
