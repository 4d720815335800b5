/** Hot reload: follows the current version and swaps the model between two bars. A version that is refused (wrong hash,
 * wrong schema, broken bytes) leaves the old one in place. */
import type { CurrentModel } from "../core/contracts/model.ts";
import { type LoadedModel, loadModel } from "../core/lane/loaded_model.ts";
import type { ModelStore } from "../core/model/model_store.ts";
import type { QNet } from "../core/model/native_types.ts";
import type { Log } from "../core/runtime/log.ts";

export interface ModelWatcherParts {
  readonly models: ModelStore;
  /** @throws {Error} If the bytes are no model of the expected schema. */
  readonly openModel: (blob: Uint8Array) => QNet;
  readonly log: Log;
  readonly onRefused: (version: string, reason: string) => void;
}

export class ModelWatcher {
  readonly #parts: ModelWatcherParts;
  #loaded: LoadedModel | null = null;
  #retired: LoadedModel | null = null;
  #refused: string | null = null;
  #loads = 0;
  /** Loads follow one another: lanes that see a new version together load it once. */
  #loading: Promise<void> = Promise.resolve();

  constructor(parts: ModelWatcherParts) {
    this.#parts = parts;
  }

  /** The model that decides now; null until the first one is there. */
  get model(): LoadedModel | null {
    return this.#loaded;
  }

  /** An open model by its version: the one that decides now, or the one before; null for any other. */
  opened(version: string): LoadedModel | null {
    return [this.#loaded, this.#retired].find((model) => model?.version === version) ?? null;
  }

  /** How many versions were loaded so far. */
  get loads(): number {
    return this.#loads;
  }

  /** Looks for a newer version and takes it up. The version before stays open for decisions in flight. */
  async refresh(): Promise<void> {
    const { models } = this.#parts;
    if (!this.#isNew(await models.current())) return;
    const load = this.#loading.then(async () => {
      const current = await models.current();
      if (this.#isNew(current)) await this.#load(current);
    });
    this.#loading = load.catch(() => {});
    await load;
  }

  #isNew(current: CurrentModel | null): current is CurrentModel {
    return current !== null && current.version !== this.#loaded?.version && current.version !== this.#refused;
  }

  async #load(current: CurrentModel): Promise<void> {
    const { models, openModel, log, onRefused } = this.#parts;
    try {
      const { blob, metadata: { provisional } } = await models.get(current.version);
      const opened = { ...loadModel(current.version, blob, openModel), provisional };
      this.#retired?.net.close();
      this.#retired = this.#loaded;
      this.#loaded = opened;
      this.#refused = null;
      this.#loads++;
      log.info({ version: current.version, after: current.adoptAfterMs }, "model loaded");
    } catch (cause) {
      this.#refused = current.version;
      log.error(
        { err: cause, version: current.version, serving: this.#loaded?.version ?? null },
        "model refused",
      );
      onRefused(current.version, (cause as Error).message);
    }
  }
}
