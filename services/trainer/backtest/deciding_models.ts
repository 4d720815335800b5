/** Which model decides which bar of a backtest: one that is stored, or one for each fold. */
import { type LoadedModel, loadModel } from "../../core/lane/loaded_model.ts";
import type { ModelStore } from "../../core/model/model_store.ts";
import type { QNet } from "../../core/model/native_types.ts";
import type { LearnedModel } from "./learn_model.ts";

export interface DecidingModels extends Disposable {
  /** Every version that decides, in the order of time. */
  readonly versions: readonly string[];
  /** The last bar that a model has learned from; null where that is not known. */
  readonly learnedThroughMs: number | null;
  modelAt(symbol: string, barMs: number): LoadedModel | null;
}

export type OpenNet = (blob: Uint8Array) => QNet;

/** @throws {ModelStoreError} If it is not stored. @throws {Error} If it is of another network. */
export async function storedModel(
  version: string,
  store: ModelStore,
  openNet: OpenNet,
): Promise<DecidingModels> {
  const { blob, metadata } = await store.get(version);
  const model = loadModel(version, blob, openNet);
  return {
    versions: [version],
    learnedThroughMs: metadata.learnedThroughMs,
    modelAt: () => model,
    [Symbol.dispose]: () => model.net.close(),
  };
}

/** @param learned In the order of time, each with the first bar that it decides. */
export function foldModels(
  learned: readonly (LearnedModel & { readonly fromMs: number })[],
  openNet: OpenNet,
): DecidingModels {
  const models = learned.map(({ version, blob }) => loadModel(version, blob, openNet));
  return {
    versions: learned.map(({ version }) => version),
    learnedThroughMs: null,
    modelAt: (_, barMs) => models[learned.findLastIndex(({ fromMs }) => fromMs <= barMs)] ?? null,
    [Symbol.dispose]: () => models.forEach(({ net }) => net.close()),
  };
}
