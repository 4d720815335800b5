import assert from "node:assert/strict";
import { silentLog } from "./log.ts";
import { connectProcess } from "./process_redis.ts";

Deno.test("connectProcess() names REDIS_URL at once where it is not set and nothing answers at its default", async () => {
  const nowhere = { redisUrl: "redis://127.0.0.1:1", redisCaFile: null };
  await assert.rejects(connectProcess(nowhere, "core", silentLog, false), {
    name: "RedisUnavailableError",
    message:
      "Cannot reach Redis as REDIS_URL must name it, or one must answer at redis://127.0.0.1:1: neither is so. " +
      "deno task dev starts one of its own",
  });
});
