import assert from "node:assert/strict";
import { currentModel, modelBlobKey, modelMetadata } from "../contracts/model.ts";
import { connectRedis } from "../redis/connect.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import { RedisStore } from "../redis/redis_store.ts";
import type { Store } from "../redis/store.ts";
import { serverForTests } from "../testing/redis_server.ts";
import {
  modelOf,
  type StoreUnderTest,
  testModelStoreConformance,
} from "./model_store_conformance_testing.ts";
import { contentAddress } from "./model_store.ts";
import { RedisModelStore } from "./redis_model_store.ts";

const server = serverForTests();

function underTest(store: Store, dispose: () => Promise<void>): StoreUnderTest {
  return {
    models: new RedisModelStore(store),
    other: new RedisModelStore(store),
    async setRaw(version, blob, metadata) {
      await store.setBytes(modelBlobKey(version), blob);
      await store.set(modelMetadata(version), metadata);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function memoryStore(): MemoryStore {
  return new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
}

testModelStoreConformance("RedisModelStore in memory", () => {
  const store = memoryStore();
  return Promise.resolve(underTest(store, () => store[Symbol.asyncDispose]()));
});

testModelStoreConformance("RedisModelStore on a server", async () => {
  const connection = await connectRedis({ url: server.url(), name: "test", onEvent: () => {} });
  const store = new RedisStore({ connection, onBadEntry: () => {} });
  await store.delete(currentModel().key);
  for (const text of ["one", "two"]) {
    const { version } = await contentAddress(new TextEncoder().encode(text));
    await store.delete(modelBlobKey(version), modelMetadata(version).key);
  }
  return underTest(store, async () => {
    await store[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();
  });
});

Deno.test("RedisModelStore.put() stores the model on the next call if it was killed before the metadata", async () => {
  await using store = memoryStore();
  const models = new RedisModelStore(store);
  const model = await modelOf("one");
  const { version } = model.metadata;
  await store.setBytes(modelBlobKey(version), model.blob.subarray(1)); // as far as the kill let it come
  assert.equal(await models.has(version), false);
  await assert.rejects(models.get(version), /it is not there/);
  await models.put(model);
  assert.deepEqual(new Uint8Array((await models.get(version)).blob), model.blob);
});
