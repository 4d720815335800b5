import { MemoryKeyspace } from "./memory_keyspace.ts";
import { MemoryStore } from "./memory_store.ts";
import { testStoreConformance } from "./store_conformance_testing.ts";

testStoreConformance("MemoryStore", (onBadEntry) => {
  const keyspace = new MemoryKeyspace();
  const store = new MemoryStore({ keyspace, onBadEntry });
  return Promise.resolve({
    store,
    appendRaw: (key, id, fields) => Promise.resolve(void keyspace.append(key, id, fields)),
    setRaw: (key, text) => Promise.resolve(keyspace.setString(key, new TextEncoder().encode(text))),
    setRawField: (key, field, text) => Promise.resolve(void keyspace.hash(key).set(field, text)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  });
});
