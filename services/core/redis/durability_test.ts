import assert from "node:assert/strict";
import type { Role } from "../contracts/define.ts";
import { startRedisForTest } from "../testing/redis_server.ts";
import { aclFile, ROLES } from "./acl.ts";
import { connectRedis } from "./connect.ts";
import { checkDurable, waitForDisk } from "./durability.ts";

const PASSWORD = "p-0123456789abcdef";
const passwords = Object.fromEntries(ROLES.map((role) => [role, PASSWORD])) as Record<Role, string>;

async function open(...settings: string[]) {
  const resources = new AsyncDisposableStack();
  const server = resources.use(await startRedisForTest({ settings, acl: aclFile(passwords) }));
  const url = server.urlFor("inference", PASSWORD);
  const connection = resources.use(await connectRedis({ url, name: "test", onEvent: () => {} }));
  return { connection, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

Deno.test("checkDurable() lets the user of inference pass on a server that syncs each write", async () => {
  await using opened = await open("--appendfsync", "always");
  const { connection } = opened;
  await checkDurable(connection);
  await connection.client.set("{a}:lane:b", "x");
  await waitForDisk(connection);
});

Deno.test("checkDurable() refuses a server that may forget what it has answered, with every fault", async () => {
  const expected: readonly (readonly [string[], string])[] = [
    [["--appendfsync", "everysec"], "appendfsync must be always: it is everysec"],
    [["--appendfsync", "no"], "appendfsync must be always: it is no"],
    [["--appendonly", "no"], "appendonly must be yes: it is no; appendfsync must be always: it is no"],
  ];
  for (const [settings, faults] of expected) {
    await using opened = await open(...settings);
    const { connection } = opened;
    await assert.rejects(checkDurable(connection), {
      name: "RedisRefusedError",
      message:
        `Cannot trade at a venue with Redis at ${connection.server} as orders leave once their commit is on disk: ` +
        faults,
    });
  }
});

Deno.test("checkDurable() refuses a server before 7.2", async () => {
  await using opened = await open("--appendfsync", "always");
  const old = Object.create(opened.connection, { serverVersion: { value: "7.0.15" } });
  old.run = opened.connection.run.bind(opened.connection);
  await assert.rejects(checkDurable(old), /version must be 7\.2 or later: it is 7\.0\.15$/);
});

Deno.test("waitForDisk() fails where the connection was lost meanwhile", async () => {
  await using opened = await open("--appendfsync", "always");
  const { connection } = opened;
  const reconnecting = Object.create(connection, {
    outages: { get: () => outages++ },
  });
  let outages = 0;
  reconnecting.run = connection.run.bind(connection);
  await assert.rejects(waitForDisk(reconnecting), {
    name: "NotOnDiskError",
    message: "Cannot go on as the last write must be on the disk of Redis: the connection was lost meanwhile",
  });
});
