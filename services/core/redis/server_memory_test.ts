import assert from "node:assert/strict";
import { systemClock, until } from "../runtime/clock.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { startRedisForTest } from "../testing/redis_server.ts";
import { connectRedis } from "./connect.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { parseServerInfo, serverMemory, serverMemoryNow } from "./server_memory.ts";

const INFO =
  "# Memory\r\nused_memory:7\r\nused_memory_peak:9\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n" +
  "connected_clients:2\r\nredis_version:7.2.4\r\n";

Deno.test("parseServerInfo() reads what INFO tells; a limit of 0 is none", () => {
  assert.deepEqual(parseServerInfo(INFO), {
    ...{ usedBytes: 7, peakBytes: 9, limitBytes: null, policy: "noeviction", clients: 2, version: "7.2.4" },
  });
  assert.equal(parseServerInfo(INFO.replace("maxmemory:0", "maxmemory:50")).limitBytes, 50);
  assert.throws(() => parseServerInfo(INFO.replace("used_memory:7", "used:7")), {
    message: "Cannot read the server's memory as INFO must tell used_memory: it does not",
  });
});

Deno.test("serverMemory() asks a real server, and serverMemoryNow() waits for none that is away", async () => {
  await using server = await startRedisForTest({ settings: ["--maxmemory", "64mb"] });
  await using connection = await connectRedis({ url: server.url, name: "memory", onEvent: () => {} });
  const memory = await serverMemory(connection);
  assert.equal(memory.limitBytes, 64 * 2 ** 20);
  assert.ok(memory.usedBytes > 1e5 && memory.peakBytes >= memory.usedBytes);
  assert.equal((await serverMemoryNow(connection, systemClock))?.limitBytes, memory.limitBytes);
  await server.kill();
  await until(systemClock, "the loss", () => !connection.isUp, { deadlineMs: 5_000, everyMs: 5 });
  assert.equal(await serverMemoryNow(connection, systemClock), null);
});

Deno.test("serverMemoryNow() gives up a server that does not answer", async () => {
  const silent = { isUp: true, run: () => new Promise(() => {}) } as unknown as RedisConnection;
  assert.equal(await serverMemoryNow(silent, new ManualClock({ jumps: true })), null);
});
