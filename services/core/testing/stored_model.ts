/** A model as the stores take it, with a past that says nothing. */
import { contentAddress, type StoredModel } from "../model/model_store.ts";

export async function storedModel(
  blob: Uint8Array,
  changes: Partial<StoredModel["metadata"]> = {},
): Promise<StoredModel> {
  return {
    blob,
    metadata: {
      ...await contentAddress(blob),
      bytes: blob.length,
      schemaHash: "schema",
      strategy: "test",
      parent: null,
      createdMs: 0,
      updates: 0,
      experiences: 0,
      liveExperiences: 0,
      learnedThroughMs: 0,
      metrics: {},
      gate: [],
      provisional: false,
      ...changes,
    },
  };
}
