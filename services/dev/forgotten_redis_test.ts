import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { connectRedis } from "../core/redis/connect.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { startRedisForTest } from "../core/testing/redis_server.ts";
import { endForgottenRedis } from "./forgotten_redis.ts";
import { configurePrivateRedis, isPortBusy, type PrivateRedis } from "./private_redis.ts";
import { watchRedis } from "./redis_watch.ts";

/** A server that nobody supervises. */
class Forgotten implements AsyncDisposable {
  private constructor(readonly folder: string, readonly redis: PrivateRedis, readonly pid: number) {}

  static async start(): Promise<Forgotten> {
    const folder = await Deno.makeTempDir({ prefix: "rltrader-forgotten-" });
    await using installed = await startRedisForTest();
    const redis = await configurePrivateRedis(folder);
    const { pid } = spawn(installed.binary, [redis.configPath], { detached: true, stdio: "ignore" });
    const url = redis.url("dev");
    await (await connectRedis({ url, name: "test", onEvent: () => {} }))[Symbol.asyncDispose]();
    return new Forgotten(folder, redis, pid!);
  }

  get isThere(): boolean {
    return isPortBusy(this.redis.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isThere) Deno.kill(this.pid, "SIGKILL");
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("endForgottenRedis() ends the server of these files, which then takes its pid file along", async () => {
  await using forgotten = await Forgotten.start();
  assert.equal((await Deno.readTextFile(forgotten.redis.pidPath)).trim(), String(forgotten.pid));
  await endForgottenRedis(forgotten.folder);
  assert.equal(forgotten.isThere, false);
  await assert.rejects(Deno.stat(forgotten.redis.pidPath), Deno.errors.NotFound);
  await endForgottenRedis(forgotten.folder); // there is none any more
});

Deno.test("endForgottenRedis() leaves alone what has another password, even on the same port", async () => {
  await using forgotten = await Forgotten.start();
  const folder = await Deno.makeTempDir({ prefix: "rltrader-other-" });
  try {
    const other = `redis://dev:${crypto.randomUUID()}@127.0.0.1:${forgotten.redis.port}/0`;
    await Deno.writeTextFile(join(folder, "dev.url"), other);
    await endForgottenRedis(folder);
    assert.equal(forgotten.isThere, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("watchRedis() ends the server when its supervisor is killed, and leaves it where it is disposed of", async () => {
  await using forgotten = await Forgotten.start();
  watchRedis(forgotten.redis)[Symbol.dispose]();
  const module = new URL("redis_watch.ts", import.meta.url).href;
  const code = `const { watchRedis } = await import(${JSON.stringify(module)});
    watchRedis(${JSON.stringify({ pidPath: forgotten.redis.pidPath, port: forgotten.redis.port })});
    console.log("watching");
    setInterval(() => {}, 1000);`;
  const supervisor = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", code],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = supervisor.stdout.getReader();
  await reader.read();
  assert.equal(forgotten.isThere, true);
  supervisor.kill("SIGKILL");
  await supervisor.status;
  await reader.cancel();
  await until(systemClock, "its end", () => !forgotten.isThere, { deadlineMs: 20_000, everyMs: 20 });
});
