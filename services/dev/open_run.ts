/** The run that a command talks to: the one that it names, else the one in the database of REDIS_URL, else the newest that
 * `deno task dev` runs from this checkout. */
import { join } from "node:path";
import { readEnvironment } from "../core/config/environment.ts";
import { connectRedis } from "../core/redis/connect.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import { RedisLedger } from "../core/redis/redis_ledger.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Store } from "../core/redis/store.ts";
import type { OptionSpec } from "../core/runtime/command_line.ts";
import { describeRun, type LivingRun, livingRuns } from "./living_runs.ts";

export interface OpenRun extends AsyncDisposable {
  readonly store: Store;
  readonly ledger: Ledger;
  /** `host:port`. */
  readonly server: string;
  /** Its folder's name; null where it does not run from this checkout. */
  readonly name: string | null;
  /** The others that run from this checkout, for people: each begins with its name. */
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
  const isNamedByUrl = wished === undefined && Boolean(getVariable("REDIS_URL"));
  const own = isNamedByUrl ? local.find(({ url }) => url === redisUrl) : chosen(local, wished);
  await using resources = new AsyncDisposableStack();
  const connection = resources.use(
    await connectRedis({
      url: own?.url ?? redisUrl,
      name: "rltrader-command",
      onEvent: () => {},
      deadlineMs: DEADLINE_MS,
      ...(!isNamedByUrl || redisCaFile === null ? {} : { ca: await Deno.readTextFile(redisCaFile) }),
    }),
  );
  const store = resources.use(new RedisStore({ connection, onBadEntry: () => {} }));
  const kept = resources.move();
  return {
    store,
    ledger: new RedisLedger({ connection }),
    server: connection.server,
    name: own?.name ?? null,
    others: local.filter((run) => run !== own).map(describeRun),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The runs of this checkout that can be talked to, the newest first. */
export async function localRuns(root: string): Promise<LivingRun[]> {
  return (await livingRuns(join(root, ".rltrader/runs"))).filter(({ url }) => url !== null);
}

function chosen(local: readonly LivingRun[], wished: string | undefined): LivingRun {
  const found = wished === undefined ? local[0] : local.find(({ name }) => name === wished);
  if (found !== undefined) return found;
  const there = local.length === 0 ? "none does" : local.map(({ name }) => name).join(", ");
  throw new NoRunError(
    wished !== undefined
      ? `Cannot find a run as --run must name one that runs from this checkout (${there}): it is ${wished}`
      : "Cannot find a run as REDIS_URL must name its Redis, or `deno task dev` must run from this checkout with a Redis of " +
        "its own: neither is so",
  );
}
