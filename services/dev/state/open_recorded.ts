/** The run that a state is shown of: one in a Redis that answers, or one that has ended, whose Redis is started again on its files. */
import { join } from "node:path";
import { readingArchive } from "../../core/archive/archived_store.ts";
import { readEnvironment } from "../../core/config/environment.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { certificateOf } from "../../core/redis/certificate.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import type { Store } from "../../core/redis/store.ts";
import { systemClock } from "../../core/runtime/clock.ts";
import { endedRun } from "../run_folder.ts";
import { setUp } from "../setup/set_up.ts";
import { machineContext } from "../setup/setup_context.ts";
import { SetupError } from "../setup/setup_error.ts";
import { startRecordedRedis } from "../single/recorded_redis.ts";

export interface OpenRecorded extends AsyncDisposable {
  /** Reads back to the first bar. */
  readonly store: Store;
}

const DEADLINE_MS = 5_000;

/** @param root The checkout.  @param run `last`, a folder, or the address of a Redis; undefined for that of REDIS_URL.
 * @returns Null where no run is named.
 * @throws {RangeError | SetupError | RedisUnavailableError | RedisRefusedError} Where it cannot be opened. */
export async function openRecorded(
  root: string,
  run: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<OpenRecorded | null> {
  const { redisUrl, redisCaFile } = readEnvironment((name) => environment[name]);
  const address = run === undefined ? environment.REDIS_URL && redisUrl : /^rediss?:/.test(run) ? run : null;
  if (address === undefined || address === "") return null;
  await using resources = new AsyncDisposableStack();
  const { url, archive } = address === null
    ? await ofEndedRun(root, run!, environment, resources)
    : { url: address, archive: join(root, ".rltrader/archive") };
  const connection = resources.use(
    await connectRedis({
      url,
      name: "rltrader-state",
      onEvent: () => {},
      deadlineMs: DEADLINE_MS,
      ...await certificateOf({ redisCaFile }),
    }),
  );
  const onBadEntry = () => {};
  const redis = resources.use(new RedisStore({ connection, onBadEntry }));
  const runId = async () => (await redis.get(feedStatus()))?.runId ?? null;
  const store = readingArchive(redis, archive, runId, { onBadEntry, isDurable: false });
  const kept = resources.move();
  return { store, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function ofEndedRun(
  root: string,
  run: string,
  environment: Readonly<Record<string, string>>,
  resources: AsyncDisposableStack,
): Promise<{ url: string; archive: string }> {
  const folder = await endedRun(join(root, ".rltrader/runs"), run, environment.INIT_CWD ?? Deno.cwd());
  const { REDIS_URL: _, ...own } = environment;
  const made = await setUp(machineContext(root, own), { want: ["redis"], onProgress: () => {} }).all;
  if (made.redisServer === undefined || made.redisServer.route === "REDIS_URL") {
    throw new SetupError("Cannot open a run from its folder as a Redis must be started: there is none", "");
  }
  const redis = resources.use(await startRecordedRedis(folder, made.redisServer.path, own, systemClock));
  return { url: redis.url, archive: folder.archive };
}
