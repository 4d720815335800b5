import assert from "node:assert/strict";
import { storedModel } from "../core/testing/stored_model.ts";
import { fileURLToPath } from "node:url";
import { loadModelConfig } from "../core/config/model_config.ts";
import { type ModelStore, ModelStoreError } from "../core/model/model_store.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { schemaText } from "../core/model/schema_hash.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { fakeModelBytes, openFakeNetwork } from "../core/testing/fake_network.ts";
import { modelNotes } from "./model_notes.ts";
import { FakeLearner } from "./trainer_testing.ts";
import { warmStart } from "./warm_start.ts";
import { WarmStartError } from "../core/model/warm_start_plan.ts";

const PASSPORT = { rewardSigma: {}, confidence: null, epsilon: 0, days: {} };
const CONFIG = await loadModelConfig(fileURLToPath(new URL("../../docs/model_config.yaml", import.meta.url)));
const SCHEMA = schemaText(CONFIG);
const storeOf = (): ModelStore =>
  new RedisModelStore(new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} }));

async function put(store: ModelStore, notes: string): Promise<string> {
  const blob = fakeModelBytes({ schemaHash: "schema", weights: [[1]], metadata: JSON.parse(notes) });
  const stored = await storedModel(blob);
  await store.put(stored);
  return stored.metadata.version;
}

Deno.test("warmStart() starts the learner from a model of the archive, by what both have in common", async () => {
  const [redis, archive] = [storeOf(), storeOf()];
  const features = CONFIG.features.slice(1);
  const version = await put(archive, modelNotes(schemaText({ ...CONFIG, features }), PASSPORT));
  const learner = new FakeLearner();
  const parts = { learner, stores: [redis, archive], openAny: openFakeNetwork, schema: SCHEMA };
  const report = await warmStart(version, parts);
  assert.deepEqual(learner.warmStarts, [{
    inputMap: [-1, ...features.map((_, index) => index)],
    outputMaps: { action: [0, 1], risk: [0] },
  }]);
  assert.deepEqual([report.knownInputs, report.inputs], [features.length, features.length + 1]);
  assert.deepEqual(report.kept, ["trunk.0.weight"]);
});

Deno.test("warmStart() refuses a version that is nowhere, one without its schema, and what the engine refuses", async () => {
  const store = storeOf();
  const learner = new FakeLearner();
  const parts = { learner, stores: [store], openAny: openFakeNetwork, schema: SCHEMA };
  await assert.rejects(warmStart("m-0000000000000000", parts), ModelStoreError);
  const old = await put(store, JSON.stringify({ passport: JSON.stringify(PASSPORT) }));
  await assert.rejects(warmStart(old, parts), {
    name: "WarmStartError",
    message:
      `Cannot start from ${old} as a model must hold the text of its schema: it was made before models did`,
  });
  const version = await put(store, modelNotes(SCHEMA, PASSPORT));
  const refusing = {
    warmStart: () => {
      throw new Error("the trunk's widths must be 32: they are 64");
    },
  };
  await assert.rejects(
    warmStart(version, { ...parts, learner: refusing }),
    (error) =>
      error instanceof WarmStartError &&
      error.message === `Cannot start from ${version}: the trunk's widths must be 32: they are 64`,
  );
  assert.deepEqual(learner.warmStarts, []);
});
