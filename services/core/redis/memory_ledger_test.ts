import { testLedgerConformance } from "./ledger_conformance_testing.ts";
import { MemoryKeyspace } from "./memory_keyspace.ts";
import { MemoryLedger } from "./memory_ledger.ts";
import { MemoryStore } from "./memory_store.ts";

testLedgerConformance("MemoryLedger", () => {
  const keyspace = new MemoryKeyspace();
  const store = new MemoryStore({ keyspace, onBadEntry: () => {} });
  return Promise.resolve({
    ledger: new MemoryLedger({ keyspace }),
    other: new MemoryLedger({ keyspace }),
    store,
    setRaw: (key, text) => Promise.resolve(keyspace.setString(key, new TextEncoder().encode(text))),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  });
});
