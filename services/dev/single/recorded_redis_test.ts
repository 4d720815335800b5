import assert from "node:assert/strict";
import { join } from "node:path";
import { setupSteps } from "../../core/contracts/system.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import { systemClock } from "../../core/runtime/clock.ts";
import { startRedisForTest } from "../../core/testing/redis_server.ts";
import { makeRunFolder } from "../run_folder.ts";
import { type RecordedRedis, startRecordedRedis } from "./recorded_redis.ts";

const STEP = {
  order: 1,
  title: "Redis server",
  state: "done" as const,
  doneBytes: null,
  totalBytes: null,
  detail: "",
};

async function storeOf({ url }: RecordedRedis, resources: AsyncDisposableStack): Promise<RedisStore> {
  const connection = resources.use(await connectRedis({ url, name: "test", onEvent: () => {} }));
  return resources.use(new RedisStore({ connection, onBadEntry: () => {} }));
}

Deno.test("startRecordedRedis() gives back what a run has left, each time on a free port", async () => {
  const root = await Deno.makeTempDir();
  await using server = await startRedisForTest();
  const folder = await makeRunFolder(join(root, "runs"), 0, 1);
  folder[Symbol.dispose](); // it has ended
  try {
    for (const turn of [1, 2, 3]) {
      await using redis = await startRecordedRedis(folder, server.binary, {}, systemClock);
      await using resources = new AsyncDisposableStack();
      const store = await storeOf(redis, resources);
      await assert.rejects(
        startRecordedRedis(folder, server.binary, {}, systemClock),
        /one command at a time may read it/,
      );
      const before = await store.getField(setupSteps(), "redis");
      assert.equal(before?.seconds, turn === 1 ? undefined : turn - 1);
      await store.setField(setupSteps(), "redis", { ...STEP, seconds: turn });
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
