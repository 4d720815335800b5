import assert from "node:assert/strict";
import { join } from "node:path";
import { barStream } from "../core/contracts/bar.ts";
import { ROLES } from "../core/redis/acl.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import { systemClock } from "../core/runtime/clock.ts";
import { startRedisForTest } from "../core/testing/redis_server.ts";
import { Child } from "./child.ts";
import { configurePrivateRedis, freePort, isPortBusy, readDevAddress } from "./private_redis.ts";

Deno.test("freePort() gives a port that nobody listens on, isPortBusy() sees who does", () => {
  const port = freePort();
  assert.equal(isPortBusy(port), false);
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  assert.equal(isPortBusy(port), true);
  listener.close();
  assert.equal(isPortBusy(port), false);
});

Deno.test("configurePrivateRedis() gives each role its own password, in a file that only the owner reads", async () => {
  const folder = await Deno.makeTempDir({ prefix: "rltrader-private-" });
  try {
    const redis = await configurePrivateRedis(folder);
    const urls = ROLES.map((role) => new URL(redis.url(role)));
    assert.equal(new Set(urls.map(({ password }) => password)).size, ROLES.length);
    assert.ok(urls.every(({ hostname, port }) => hostname === "127.0.0.1" && port === String(redis.port)));
    const acl = await Deno.stat(join(folder, "users.acl"));
    assert.equal(acl.mode! & 0o777, 0o600);
    const text = await Deno.readTextFile(redis.configPath);
    for (
      const line of ["bind 127.0.0.1", `port ${redis.port}`, "appendonly yes", "maxmemory-policy noeviction"]
    ) {
      assert.ok(text.split("\n").includes(line), line);
    }
    assert.ok(!urls.some(({ password }) => text.includes(password)));
    assert.equal(await readDevAddress(folder), redis.url("dev"));
    assert.equal((await Deno.stat(join(folder, "dev.url"))).mode! & 0o777, 0o600);
    assert.equal(await readDevAddress(join(folder, "elsewhere")), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("configurePrivateRedis() configures a server that lets each process do its part, and strangers nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "rltrader-private-" });
  const redis = await configurePrivateRedis(folder);
  await using installed = await startRedisForTest();
  const server = new Child(
    {
      name: "redis",
      program: installed.binary,
      args: [redis.configPath],
      env: {},
      logPath: join(folder, "redis.log"),
    },
    systemClock,
    () => {},
  );
  const running = server.run();
  try {
    await using resources = new AsyncDisposableStack();
    const connect = async (url: string) =>
      resources.use(await connectRedis({ url, name: "test", onEvent: () => {} }));
    const storeOf = async (role: "core" | "ui") =>
      resources.use(new RedisStore({ connection: await connect(redis.url(role)), onBadEntry: () => {} }));
    const bar = { openTimeMs: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    const [core, ui] = [await storeOf("core"), await storeOf("ui")];
    const stream = barStream("SPX", "1d");
    assert.equal(await core.append(stream, "1-0", { phase: "live", bar }), "appended");
    assert.equal((await ui.range(stream)).length, 1);
    await assert.rejects(ui.append(stream, "2-0", { phase: "live", bar }), /NOPERM/);
    await assert.rejects(connect(`redis://127.0.0.1:${redis.port}/0`));
  } finally {
    await server.stop();
    await running;
    await Deno.remove(folder, { recursive: true });
  }
});
