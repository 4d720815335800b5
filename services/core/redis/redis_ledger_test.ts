import { serverForTests } from "../testing/redis_server.ts";
import { connectRedis } from "./connect.ts";
import { testLedgerConformance } from "./ledger_conformance_testing.ts";
import { RedisLedger } from "./redis_ledger.ts";
import { RedisStore } from "./redis_store.ts";

const server = serverForTests();

testLedgerConformance("RedisLedger", async () => {
  const resources = new AsyncDisposableStack();
  const open = async () =>
    resources.use(await connectRedis({ url: server.url(), name: "test", onEvent: () => {} }));
  const connection = await open();
  return {
    ledger: new RedisLedger({ connection }),
    other: new RedisLedger({ connection: await open() }),
    store: new RedisStore({ connection, onBadEntry: () => {} }),
    setRaw: async (key, text) => void await connection.client.set(key, text),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
});
