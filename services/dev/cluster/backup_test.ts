import assert from "node:assert/strict";
import { join } from "node:path";
import { connectRedis } from "../../core/redis/connect.ts";
import { startRedisForTest } from "../../core/testing/redis_server.ts";
import { onPath } from "../setup/redis_server.ts";
import { parseManifests } from "./manifests/manifest.ts";
import { clusterSecrets, SECRET_USERS, type SecretUser } from "./cluster_secrets.ts";
import { context, ROOT } from "./rendered_testing.ts";

const passwords = Object.fromEntries(SECRET_USERS.map((user) => [user, `password-of-${user}-000`])) as Record<
  SecretUser,
  string
>;
const KEYS = 500;

Deno.test("a backup that is laid back holds everything, and its user can do nothing else", async (t) => {
  const client = await onPath("valkey-cli", context.environment.PATH) ??
    await onPath("redis-cli", context.environment.PATH);
  if (client === undefined) {
    return void await t.step({
      name: "left out: neither valkey-cli nor redis-cli is on PATH",
      ignore: true,
      fn() {},
    });
  }
  const secrets =
    clusterSecrets({ namespace: "rltrader", host: "127.0.0.1:1", passwords, pageToken: "token-of-the-page" })
      .items;
  const acl = secrets[0]!.stringData["users.acl"]!;
  await using resources = new AsyncDisposableStack();
  const server = resources.use(
    await startRedisForTest({ acl: `${acl}user filler on >password-of-filler-000 ~* +@all\n` }),
  );
  const filler = await connectRedis({
    url: server.urlFor("filler", "password-of-filler-000"),
    name: "test",
    onEvent: () => {},
  });
  for (let index = 0; index < KEYS; index++) await filler.client.set(`key:${index}`, String(index));
  await using backup = await connectRedis({
    ...{ url: server.urlFor("backup", passwords.backup), name: "test", onEvent: () => {} },
  });
  for (
    const command of [["GET", "key:1"], ["SET", "key:1", "x"], ["FLUSHALL"], ["CONFIG", "GET", "*"], [
      "KEYS",
      "*",
    ]]
  ) {
    await assert.rejects(backup.client.call(command[0]!, ...command.slice(1)), /NOPERM/, command.join(" "));
  }

  const folder = await Deno.makeTempDir();
  resources.defer(() => Deno.remove(folder, { recursive: true }));
  const scripts = parseManifests(await Deno.readTextFile(join(ROOT, "k3s/base/backup.yaml")))
    .find(({ kind }) => kind === "ConfigMap")!.data!;
  for (const [name, text] of Object.entries(scripts)) await Deno.writeTextFile(join(folder, name), text);
  for (const name of ["bin", "backups", "trainer"]) await Deno.mkdir(join(folder, name));
  await Deno.symlink(client, join(folder, "bin/valkey-cli"));
  await Deno.writeTextFile(join(folder, "trainer/trainer.checkpoint"), "knows more");
  const shell = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args,
      env: {
        PATH: `${join(folder, "bin")}:${context.environment.PATH}`,
        REDIS_URL: server.urlFor("backup", passwords.backup),
        BACKUPS: join(folder, "backups"),
      },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  };
  await shell(join(folder, "backup.sh"), join(folder, "backups"));
  const [made] = await Array.fromAsync(Deno.readDir(join(folder, "backups")), ({ name }) => name);

  await filler.client.flushall();
  await filler[Symbol.asyncDispose]();
  await server.kill();
  await shell(join(folder, "restore.sh"), made!, server.folder, join(folder, "trainer"));
  await server.start();
  await using again = await connectRedis({
    url: server.urlFor("filler", "password-of-filler-000"),
    name: "test",
    onEvent: () => {},
  });
  assert.equal(await again.client.dbsize(), KEYS);
  assert.equal(await again.client.get("key:7"), "7");
  const kept = await Array.fromAsync(Deno.readDir(join(folder, "trainer")), ({ name }) => name);
  assert.match(kept.join(), /^before-restore-\d{8}T\d{6}Z$/);
  await again.client.set("key:new", "x");
  await server.kill();
  await server.start();
  await using last = await connectRedis({
    url: server.urlFor("filler", "password-of-filler-000"),
    name: "test",
    onEvent: () => {},
  });
  assert.equal(await last.client.dbsize(), KEYS + 1, "what is written afterwards is kept, too");
});
