/** Starts a learner from a stored model whose features and heads may be others. */
import type { ModelStore } from "../core/model/model_store.ts";
import type { Learner, QNet } from "../core/model/native_types.ts";
import { schemaOf } from "./model_notes.ts";
import { planWarmStart, WarmStartError } from "../core/model/warm_start_plan.ts";

export interface WarmStartParts {
  readonly learner: Pick<Learner, "warmStart">;
  /** Where the version may be, in the order in which they are asked. */
  readonly stores: readonly ModelStore[];
  /** Opens a model of any schema. */
  readonly openAny: (blob: Uint8Array) => QNet;
  /** The text of the learner's own schema. */
  readonly schema: string;
}

/** What the learner has taken over. */
export interface WarmStartReport {
  readonly version: string;
  /** Inputs that mean the same as before, of all. */
  readonly knownInputs: number;
  readonly inputs: number;
  /** Tensors that were taken over, in whole or in part, and those that were not. */
  readonly kept: readonly string[];
  readonly fresh: readonly string[];
}

/** @throws {WarmStartError} If the model cannot be started from. @throws {ModelStoreError} If it is in none of the stores. */
export async function warmStart(version: string, parts: WarmStartParts): Promise<WarmStartReport> {
  const { learner, schema } = parts;
  const { blob } = await (await storeOf(version, parts.stores)).get(version);
  const net = parts.openAny(blob);
  const stored = schemaOf(net.metadata);
  net.close();
  const { inputMap, outputMaps } = planWarmStart(version, schema, stored);
  let report: Pick<WarmStartReport, "kept" | "fresh">;
  try {
    report = JSON.parse(learner.warmStart(blob, inputMap, JSON.stringify(outputMaps)));
  } catch (cause) {
    throw new WarmStartError(`Cannot start from ${version}: ${(cause as Error).message}`, { cause });
  }
  const knownInputs = inputMap.filter((index) => index >= 0).length;
  return { version, knownInputs, inputs: inputMap.length, kept: report.kept, fresh: report.fresh };
}

/** For people. */
export function describeWarmStart({ version, knownInputs, inputs, fresh }: WarmStartReport): string {
  const begun = fresh.length === 0 ? "" : `; begun anew: ${fresh.join(", ")}`;
  return `Started from ${version}: ${knownInputs} of ${inputs} inputs are known${begun}`;
}

/** The first one that has it, else the last one, whose answer says that it has not. */
async function storeOf(version: string, stores: readonly ModelStore[]): Promise<ModelStore> {
  for (const store of stores) {
    if (await store.has(version)) return store;
  }
  return stores[stores.length - 1];
}
