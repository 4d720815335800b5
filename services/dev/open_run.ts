/** A run as a command talks to it, by the address of its Redis. */
import { readEnvironment } from "../core/config/environment.ts";
import { certificateOf } from "../core/redis/certificate.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { RedisLedger } from "../core/redis/redis_ledger.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import type { Store } from "../core/redis/store.ts";

export interface OpenRun extends AsyncDisposable {
  readonly store: Store;
  readonly ledger: Ledger;
  /** `host:port`. */
  readonly server: string;
}

/** Raised where there is no run to talk to. */
export class NoRunError extends Error {
  override name = "NoRunError";
}

/** Longer than a server that lives ever takes. */
const DEADLINE_MS = 3_000;

/** @param url Of its Redis.  @param getVariable Of the environment.
 * @throws {RedisUnavailableError} If the server does not answer. */
export async function openRun(
  url: string,
  getVariable: (name: string) => string | undefined,
): Promise<OpenRun> {
  const environment = readEnvironment((name) => name === "REDIS_URL" ? url : getVariable(name));
  await using resources = new AsyncDisposableStack();
  const connection = resources.use(
    await connectRedis({
      url: environment.redisUrl,
      name: "rltrader-command",
      onEvent: () => {},
      deadlineMs: DEADLINE_MS,
      ...await certificateOf(environment),
    }),
  );
  const store = resources.use(new RedisStore({ connection, onBadEntry: () => {} }));
  const kept = resources.move();
  return {
    store,
    ledger: new RedisLedger({ connection }),
    server: connection.server,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
