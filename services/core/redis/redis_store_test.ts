import { serverForTests } from "../testing/redis_server.ts";
import { connectRedis } from "./connect.ts";
import { RedisStore } from "./redis_store.ts";
import { wireArguments } from "./redis_wire.ts";
import { testStoreConformance } from "./store_conformance_testing.ts";

const server = serverForTests();

testStoreConformance("RedisStore", async (onBadEntry) => {
  const connection = await connectRedis({ url: server.url(), name: "test", onEvent: () => {} });
  const store = new RedisStore({ connection, onBadEntry });
  const { client } = connection;
  return {
    store,
    appendRaw: async (key, id, fields) => void await client.xadd(key, id, ...wireArguments(fields)),
    setRaw: async (key, text) => void await client.set(key, text),
    setRawField: async (key, field, text) => void await client.hset(key, field, text),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
    },
  };
});
