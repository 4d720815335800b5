/** Answers inference requests (`--runner trainer`): runs the named model and returns all heads, and the value of each account
 * that was asked for.
 * Reads on a connection of its own, so that learning never holds it up. */
import type { Stream } from "../core/contracts/define.ts";
import { type InferenceRequest, requestStream, resultStream } from "../core/contracts/model.ts";
import type { ModelStore } from "../core/model/model_store.ts";
import type { QNet } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Log } from "../core/runtime/log.ts";

export interface InferenceServerParts {
  readonly store: Store;
  readonly models: ModelStore;
  readonly openModel: (blob: Uint8Array) => QNet;
  readonly symbols: readonly string[];
  readonly log: Log;
  readonly onServed: (served: number) => void;
}

/** Models held open at once: the current one and those that a hot reload leaves behind. */
const OPEN_MODELS = 4;
const KEPT_RESULTS = 1_000;

export class InferenceServer {
  readonly #parts: InferenceServerParts;
  readonly #open = new Map<string, QNet>();
  #served = 0;

  constructor(parts: InferenceServerParts) {
    this.#parts = parts;
  }

  /** Serves until the signal aborts; goes on after the last answered request of each symbol. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, symbols } = this.#parts;
    await using reader = store.openReader();
    let positions = new Map<Stream<InferenceRequest>, string>();
    for (const symbol of symbols) {
      const [last] = await store.newest(resultStream(symbol), 1);
      positions.set(requestStream(symbol), last?.id ?? "0-0");
    }
    try {
      while (!signal.aborted) {
        const page = await reader.read(positions, { count: 100, blockMs: 500, signal });
        positions = page.positions;
        for (const { id, value } of page.entries) await this.#answer(id, value);
        if (page.entries.length > 0) this.#parts.onServed(this.#served);
      }
    } finally {
      for (const model of this.#open.values()) model.close();
      this.#open.clear();
    }
  }

  async #answer(id: string, request: InferenceRequest): Promise<void> {
    const { symbol, barMs, version } = request;
    let answer = { error: null as string | null, outputs: new Float32Array(), values: new Float32Array() };
    try {
      answer = { error: null, ...run(await this.#model(version), request) };
      this.#served++;
    } catch (cause) {
      answer.error = (cause as Error).message;
      this.#parts.log.warn({ err: cause, symbol, barMs }, "request refused");
    }
    await this.#parts.store.append(resultStream(symbol), id, { symbol, barMs, version, ...answer }, {
      maxLength: KEPT_RESULTS,
    });
  }

  async #model(version: string): Promise<QNet> {
    const held = this.#open.get(version);
    if (held !== undefined) return held;
    const model = this.#parts.openModel((await this.#parts.models.get(version)).blob);
    this.#open.set(version, model);
    for (const [oldest, handle] of this.#open) {
      if (this.#open.size <= OPEN_MODELS) break;
      this.#open.delete(oldest);
      handle.close();
    }
    return model;
  }
}

function run(model: QNet, { state, classes, scalars }: InferenceRequest) {
  const outputs = new Float32Array(model.outputs);
  model.forward(state, outputs);
  const values = new Float32Array(classes.length);
  if (classes.length > 0) model.evaluate(state, Uint8Array.from(classes), scalars, values);
  return { outputs, values };
}
