/** Which model decides which bar of a backtest: one that is stored, one for each fold, or those that a run had. */
import { type LoadedModel, loadModel } from "../../core/lane/loaded_model.ts";
import { checkFits, type RunNeeds } from "../../core/lane/model_fit.ts";
import type { OpenNet } from "../../core/lane/net_opener.ts";
import { type ModelStore, ModelStoreError } from "../../core/model/model_store.ts";
import type { LearnedModel } from "./learn_model.ts";
import type { RecordedRun } from "./recorded_run.ts";

export interface DecidingModels extends Disposable {
  /** Every version that decides, in the order of time. */
  readonly versions: readonly string[];
  /** The last bar that a model has learned from; null where that is not known. */
  readonly learnedThroughMs: number | null;
  modelAt(symbol: string, barMs: number): LoadedModel | null;
}

/** @throws {ModelStoreError | RangeError} If it is not stored, or cannot decide every bar. */
export async function storedModel(
  version: string,
  store: ModelStore,
  openNet: OpenNet,
  needs: RunNeeds,
): Promise<DecidingModels> {
  const stored = await store.get(version);
  checkFits(stored, needs);
  const { blob, metadata } = stored;
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

/** The versions that the commits of a run name. Where a commit names none, none decides: whatever served then has not answered.
 * @param stores Where the versions may be, in the order in which they are asked.
 * @throws {ModelStoreError} If one is in none of them. */
export async function recordedModels(
  { lanes }: Pick<RecordedRun, "lanes">,
  stores: readonly ModelStore[],
  openNet: OpenNet,
): Promise<DecidingModels> {
  const bySymbol = new Map(
    [...lanes].map(([symbol, { decisions }]) =>
      [symbol, new Map(decisions.map(({ barMs, modelVersion }) => [barMs, modelVersion]))] as const
    ),
  );
  const versions = [...new Set([...bySymbol.values()].flatMap((each) => [...each.values()]))].filter((each) =>
    each !== null
  );
  const models = new Map<string, LoadedModel>();
  for (const version of versions) {
    models.set(version, loadModel(version, await blobOf(version, stores), openNet));
  }
  return {
    versions,
    learnedThroughMs: null,
    modelAt: (symbol, barMs) => models.get(bySymbol.get(symbol)?.get(barMs) ?? "") ?? null,
    [Symbol.dispose]: () => models.forEach(({ net }) => net.close()),
  };
}

async function blobOf(version: string, stores: readonly ModelStore[]): Promise<Uint8Array> {
  for (const store of stores) {
    if (await store.has(version)) return (await store.get(version)).blob;
  }
  throw new ModelStoreError(
    `Cannot replay with ${version} as it must be in Redis or in the archive: it is in neither`,
  );
}
