import assert from "node:assert/strict";
import { join } from "node:path";
import { isNewEnough, locateRedisServer, obtainRedisServer } from "./redis_server.ts";
import { testContext } from "./setup_testing.ts";

async function putOnPath(root: string, program: string): Promise<string> {
  const path = join(root, "bin", program);
  await Deno.mkdir(join(root, "bin"), { recursive: true });
  await Deno.writeTextFile(path, "", { mode: 0o755 });
  return path;
}

Deno.test("locateRedisServer() takes REDIS_URL as it is, and runs nothing", async () => {
  await using context = await testContext({}, { environment: { REDIS_URL: "redis://host:1" } });
  assert.deepEqual(await locateRedisServer(context), { route: "REDIS_URL", url: "redis://host:1" });
  assert.deepEqual(context.commands, []);
});

Deno.test("locateRedisServer() passes over a server on PATH that is too old", async () => {
  const programs: Record<string, () => { stdout: string }> = {};
  await using context = await testContext(programs);
  const [old, fresh] = [
    await putOnPath(context.root, "valkey-server"),
    await putOnPath(context.root, "redis-server"),
  ];
  programs[old] = () => ({ stdout: "Server v=6.2.7 sha=00000000:0 malloc=jemalloc" });
  assert.equal(await locateRedisServer(context), undefined);
  programs[fresh] = () => ({ stdout: "Redis server v=7.4.1 sha=00000000:0" });
  assert.deepEqual(await locateRedisServer(context), { route: "path", path: fresh, version: "7.4.1" });
});

Deno.test("isNewEnough() begins at 7.0", () => {
  assert.deepEqual(["6.2.14", "7.0.0", "7.2", "10.0.1"].map(isNewEnough), [false, true, true, true]);
});

Deno.test("obtainRedisServer() says what to install on a platform without a pinned server", async () => {
  await using context = await testContext({}, { arch: "riscv64" });
  await assert.rejects(
    obtainRedisServer(context, { update: () => {} }),
    /riscv64 linux[\s\S]*apt install valkey-server/,
  );
});
