/** The run that a command talks to: the one in the database of REDIS_URL, or the newest that `deno task dev` runs from this checkout. */
import { join } from "node:path";
import { readEnvironment } from "../core/config/environment.ts";
import { certificateOf } from "../core/redis/certificate.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { RedisLedger } from "../core/redis/redis_ledger.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import type { Store } from "../core/redis/store.ts";
import { livingRuns } from "./living_runs.ts";

export interface OpenRun extends AsyncDisposable {
  readonly store: Store;
  readonly ledger: Ledger;
  /** `host:port`. */
  readonly server: string;
}

export const NO_RUN =
  "Cannot find a run as REDIS_URL must name its Redis, or `deno task dev` must run from this checkout with a Redis of its own: " +
  "neither is so";

/** Raised where there is no run to talk to. */
export class NoRunError extends Error {
  override name = "NoRunError";
}

/** Longer than a server that lives ever takes. */
const DEADLINE_MS = 3_000;

/** @param root The checkout.  @param getVariable Of the environment.
 * @throws {NoRunError} If REDIS_URL is not set and nothing runs here.
 * @throws {RedisUnavailableError} If the server does not answer. */
export async function openRun(
  root: string,
  getVariable: (name: string) => string | undefined,
): Promise<OpenRun> {
  const { redisUrl } = readEnvironment(getVariable);
  return await openRunAt(getVariable("REDIS_URL") ? redisUrl : await addressOfRun(root), getVariable);
}

/** @param url Of its Redis.  @throws {RedisUnavailableError} If the server does not answer. */
export async function openRunAt(
  url: string,
  getVariable: (name: string) => string | undefined,
): Promise<OpenRun> {
  const environment = readEnvironment((name) => name === "REDIS_URL" ? url : getVariable(name));
  await using resources = new AsyncDisposableStack();
  const connection = resources.use(
    await connectRedis({
      url,
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

async function addressOfRun(root: string): Promise<string> {
  for (const { url } of await livingRuns(join(root, ".rltrader/runs"))) if (url !== null) return url;
  throw new NoRunError(NO_RUN);
}
