/** The run that a command talks to: the one that it names, else the one in the database of REDIS_URL, else the newest that
 * `deno task dev` runs from this checkout. */
import { basename, join } from "node:path";
import { readEnvironment } from "../core/config/environment.ts";
import { connectRedis } from "../core/redis/connect.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import { RedisLedger } from "../core/redis/redis_ledger.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Store } from "../core/redis/store.ts";
import type { OptionSpec } from "../core/runtime/command_line.ts";
import { readDevAddress } from "./private_redis.ts";
import { livingRuns } from "./run_folder.ts";

export interface OpenRun extends AsyncDisposable {
  readonly store: Store;
  readonly ledger: Ledger;
  /** `host:port`. */
  readonly server: string;
  /** Its folder's name; null of the one in the database of REDIS_URL. */
  readonly name: string | null;
  /** Names of the others that run from this checkout with a Redis of their own. */
  readonly others: readonly string[];
}

/** Raised where there is no run to talk to. */
export class NoRunError extends Error {
  override name = "NoRunError";
}

/** Of every command that talks to a run. */
export const runOption = {
  value: "RUN",
  help: "The run, by the name of its folder in .rltrader/runs, where several run from this checkout.",
} as const satisfies OptionSpec;

/** Longer than a server that lives ever takes. */
const DEADLINE_MS = 3_000;

/** @param root The checkout.  @param getVariable Of the environment.  @param wished The name of a run's folder.
 * @throws {NoRunError} If there is no such run; without a name: if REDIS_URL is not set and nothing runs here.
 * @throws {RedisUnavailableError} If the server does not answer. */
export async function openRun(
  root: string,
  getVariable: (name: string) => string | undefined,
  wished?: string,
): Promise<OpenRun> {
  const { redisUrl, redisCaFile } = readEnvironment(getVariable);
  const local = await localRuns(root);
  const own = wished === undefined && getVariable("REDIS_URL") ? null : chosen(local, wished);
  await using resources = new AsyncDisposableStack();
  const connection = resources.use(
    await connectRedis({
      url: own === null ? redisUrl : local.get(own)!,
      name: "rltrader-command",
      onEvent: () => {},
      deadlineMs: DEADLINE_MS,
      ...(own !== null || redisCaFile === null ? {} : { ca: await Deno.readTextFile(redisCaFile) }),
    }),
  );
  const store = resources.use(new RedisStore({ connection, onBadEntry: () => {} }));
  const kept = resources.move();
  return {
    store,
    ledger: new RedisLedger({ connection }),
    server: connection.server,
    name: own,
    others: [...local.keys()].filter((name) => name !== own),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Of the runs that live in this checkout with a Redis of their own: its address by the folder's name, the newest first. */
export async function localRuns(root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of await livingRuns(join(root, ".rltrader/runs"))) {
    const url = await readDevAddress(join(folder, "redis"));
    if (url !== null) found.set(basename(folder), url);
  }
  return found;
}

function chosen(local: ReadonlyMap<string, string>, wished: string | undefined): string {
  const [newest] = local.keys();
  if (wished === undefined && newest !== undefined) return newest;
  if (wished !== undefined && local.has(wished)) return wished;
  throw new NoRunError(
    wished !== undefined
      ? `Cannot find a run as --run must name one that runs from this checkout with a Redis of its own (${
        newest === undefined ? "none does" : [...local.keys()].join(", ")
      }): it is ${wished}`
      : "Cannot find a run as REDIS_URL must name its Redis, or `deno task dev` must run from this checkout with a Redis of " +
        "its own: neither is so",
  );
}
