/** Follows which candidate decides in the shadow, and opens it. What cannot be opened is told, so that the gate hears of it. */
import { type GateState, gateState } from "../core/contracts/model.ts";
import { type LoadedModel, loadModel } from "../core/lane/loaded_model.ts";
import type { ModelStore } from "../core/model/model_store.ts";
import type { QNet } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Log } from "../core/runtime/log.ts";

/** A candidate that decides without orders. */
export interface Shadow {
  readonly version: string;
  /** It decides the bars after this one. */
  readonly afterMs: number;
  /** Null where it could not be opened. */
  readonly model: LoadedModel | null;
  /** Why not; empty where it could. */
  readonly fault: string;
}

export interface ShadowWatchParts {
  readonly store: Store;
  readonly models: ModelStore;
  /** @throws {Error} If the bytes are no model of the expected schema. */
  readonly openModel: (blob: Uint8Array) => QNet;
  readonly log: Log;
}

export class ShadowWatch {
  readonly #parts: ShadowWatchParts;
  #state: GateState | null = null;
  #current: Shadow | null = null;
  /** May still be asked by a lane that decides just now. */
  #retired: LoadedModel | null = null;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(parts: ShadowWatchParts) {
    this.#parts = parts;
  }

  /** Null for nobody. */
  get current(): Shadow | null {
    return this.#current;
  }

  /** Whether the gate has judged a candidate yet. */
  get isJudged(): boolean {
    return this.#state !== null;
  }

  /** Looks for a change; looks of several lanes follow one another. */
  async refresh(): Promise<void> {
    const refresh = this.#refreshing.then(() => this.#follow());
    this.#refreshing = refresh.catch(() => {});
    await refresh;
  }

  async #follow(): Promise<void> {
    this.#state = await this.#parts.store.get(gateState());
    const wanted = this.#state?.shadow ?? null;
    if (wanted?.version === this.#current?.version && wanted?.afterMs === this.#current?.afterMs) return;
    this.#retired?.net.close();
    this.#retired = this.#current?.model ?? null;
    this.#current = wanted === null ? null : { ...wanted, ...await this.#open(wanted.version) };
  }

  async #open(version: string): Promise<Pick<Shadow, "model" | "fault">> {
    const { models, openModel, log } = this.#parts;
    try {
      const { blob } = await models.get(version);
      const model = loadModel(version, blob, openModel);
      log.info({ version }, "a candidate decides in the shadow");
      return { model, fault: "" };
    } catch (cause) {
      log.error({ err: cause, version }, "candidate refused");
      return { model: null, fault: `it cannot be opened: ${(cause as Error).message}` };
    }
  }
}
