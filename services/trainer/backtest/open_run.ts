/** Reads a run out of the Redis that holds it. */
import { readingArchive } from "../../core/archive/archived_store.ts";
import type { MiscConfig } from "../../core/config/misc.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import type { ModelStore } from "../../core/model/model_store.ts";
import { RedisModelStore } from "../../core/model/redis_model_store.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import { readRun, type RecordedRun } from "./recorded_run.ts";

export interface OpenedRun extends AsyncDisposable {
  readonly run: RecordedRun;
  /** The versions that its Redis holds. */
  readonly models: ModelStore;
}

/** @param address Of the Redis. @param archive Folder of what has left it.
 * @throws {RangeError} If it holds no run, or an entry that breaks its contract. */
export async function openRun(
  address: string,
  archive: string | undefined,
  misc: Pick<MiscConfig, "account" | "instruments">,
): Promise<OpenedRun> {
  await using resources = new AsyncDisposableStack();
  const onBadEntry = ({ key, id, reason }: { key: string; id: string; reason: string }) => {
    throw new RangeError(
      `Cannot replay a run as every entry must keep its contract: ${key} ${id}: ${reason}`,
    );
  };
  const name = "rltrader-backtest";
  const connection = resources.use(await connectRedis({ url: address, name, onEvent: () => {} }));
  const redis = resources.use(new RedisStore({ connection, onBadEntry }));
  const runId = async () => (await redis.get(feedStatus()))?.runId ?? null;
  const store = readingArchive(redis, archive, runId, { onBadEntry, isDurable: false });
  const run = await readRun(store, misc.account.name, misc.instruments);
  const owned = resources.move();
  return {
    run,
    models: new RedisModelStore(redis),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
