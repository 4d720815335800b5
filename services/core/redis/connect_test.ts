import assert from "node:assert/strict";
import { startFakeRedis } from "../testing/fake_redis.ts";
import { startRedisForTest, TestRedisServer } from "../testing/redis_server.ts";
import { connectRedis } from "./connect.ts";
import { RedisRefusedError, RedisUnavailableError } from "./connection_errors.ts";
import type { ConnectionEvent } from "./redis_connection.ts";

const SECRET = "s3cret-passw0rd";
const quiet = { name: "test", onEvent: () => {} };

/** The error that connecting ends with; it must not hold the password at any depth. */
async function failureOf(url: string, deadlineMs = 5_000): Promise<Error> {
  try {
    await using _connection = await connectRedis({ ...quiet, url, deadlineMs });
  } catch (error) {
    assert.ok(
      !Deno.inspect(error, { depth: 20, showHidden: true }).includes(SECRET),
      "it shows the password",
    );
    return error as Error;
  }
  throw new Error("it connected");
}

Deno.test("connectRedis() says which server does not answer, and why", async () => {
  const closed = startFakeRedis(() => null);
  await closed[Symbol.asyncDispose]();
  const error = await failureOf(`redis://:${SECRET}@127.0.0.1:${closed.port}`, 200);
  assert.ok(error instanceof RedisUnavailableError);
  assert.match(
    error.message,
    new RegExp(`^Cannot reach Redis at 127.0.0.1:${closed.port} as it must answer within 200`),
  );
  assert.match((error.cause as Error).message, /ECONNREFUSED/);
});

Deno.test("connectRedis() gives up on a server that is silent", async () => {
  await using silent = startFakeRedis(() => null);
  const started = performance.now();
  assert.ok(await failureOf(silent.url, 300) instanceof RedisUnavailableError);
  assert.ok(performance.now() - started < 3_000);
  await using silentOnInfo = startFakeRedis((name) => name === "INFO" ? null : "+OK\r\n");
  assert.ok(await failureOf(silentOnInfo.url, 300) instanceof RedisUnavailableError);
});

Deno.test("connectRedis() gives up on a server that is no Redis", async () => {
  await using other = startFakeRedis(() => "HTTP/1.1 400 Bad Request\r\n\r\n");
  assert.ok(await failureOf(other.url, 300) instanceof RedisUnavailableError);
});

Deno.test("connectRedis() waits for a server that starts late", async () => {
  await using first = await startRedisForTest();
  await first.kill();
  const late = new TestRedisServer(first.binary, first.folder, first.port, {});
  const connecting = connectRedis({ ...quiet, url: first.url, deadlineMs: 10_000 });
  await late.start();
  try {
    await using connection = await connecting;
    assert.equal(connection.server, `127.0.0.1:${first.port}`);
  } finally {
    await late.kill();
  }
});

Deno.test("connectRedis() says that the password is missing or wrong, without showing it", async () => {
  await using server = await startRedisForTest({ password: "right-password" });
  const missing = await failureOf(`redis://127.0.0.1:${server.port}`);
  assert.ok(missing instanceof RedisRefusedError);
  assert.match(missing.message, /as it needs a user or password: the URL holds none$/);
  for (const url of [`redis://:${SECRET}@127.0.0.1:${server.port}`, server.urlFor("nobody", SECRET)]) {
    const wrong = await failureOf(url);
    assert.ok(wrong instanceof RedisRefusedError);
    assert.match(wrong.message, /as user and password must be right: they are not, or the user is off$/);
  }
  await using connection = await connectRedis({ ...quiet, url: server.url });
  assert.equal(await connection.run("ask", (client) => client.client("GETNAME")), "test");
});

Deno.test("connectRedis() refuses what is no Redis URL without showing it", async () => {
  for (const url of [`redis://:${SECRET}@host:port`, `http://:${SECRET}@host`, SECRET, ""]) {
    const error = await failureOf(url);
    assert.ok(error instanceof RedisRefusedError, url);
  }
});

Deno.test("connectRedis() refuses a server older than 7.0, naming both versions", async () => {
  const info = "# Server\r\nredis_version:6.2.14\r\n";
  await using old = startFakeRedis((name) => name === "INFO" ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
  const error = await failureOf(old.url);
  assert.ok(error instanceof RedisRefusedError);
  assert.match(error.message, /must be 7.0 or later: it is 6.2.14$/);
});

Deno.test("connectRedis() asks HELLO for the version where INFO is denied", async () => {
  await using server = await startRedisForTest({
    acl: `user default reset\nuser u reset on >${SECRET} -@all +ping +client|setname\n`,
  });
  await using connection = await connectRedis({ ...quiet, url: server.urlFor("u", SECRET) });
  assert.match(connection.serverVersion, /^\d+\.\d+/);
});

Deno.test("RedisConnection.run() waits while the server loads its data", async () => {
  let refusals = 3;
  const info = "redis_version:7.2.0\r\n";
  await using loading = startFakeRedis((name) => {
    if (name === "INFO") return `$${info.length}\r\n${info}\r\n`;
    if (name !== "GET") return "+OK\r\n";
    return refusals-- > 0 ? "-LOADING Redis is loading the dataset in memory\r\n" : "$2\r\nhi\r\n";
  });
  await using connection = await connectRedis({ ...quiet, url: loading.url });
  assert.equal(await connection.run("read k", (client) => client.get("k")), "hi");
  assert.equal(refusals, -1);
});

Deno.test("RedisConnection.run() names action, server and reason, and not the arguments", async () => {
  await using server = await startRedisForTest();
  await using connection = await connectRedis({ ...quiet, url: server.url });
  const failing = connection.run("write k", (client) => client.call("SET", "k", SECRET, "NONSENSE"));
  const error = await failing.then(() => assert.fail(), (cause: Error) => cause);
  assert.equal(
    error.message,
    `Cannot write k as Redis at ${connection.server} answers: ERR syntax error`,
  );
  assert.ok(!Deno.inspect(error, { depth: 20, showHidden: true }).includes(SECRET));
});

Deno.test("RedisConnection tells of an outage once, and ends its calls when it is closed", async () => {
  const events: ConnectionEvent[] = [];
  await using server = await startRedisForTest();
  const connection = await connectRedis({
    url: server.url,
    name: "watched",
    onEvent: (event) => events.push(event),
  });
  await server.kill();
  const waiting = connection.run("read k", (client) => client.get("k"));
  await server.start();
  assert.equal(await waiting, null);
  assert.deepEqual(events.map(({ kind, name }) => [kind, name]), [["lost", "watched"], [
    "restored",
    "watched",
  ]]);

  await server.kill();
  const hopeless = connection.run("read k", (client) => client.get("k"));
  const ended = assert.rejects(hopeless, {
    name: "RedisClosedError",
    message: "Cannot read k as the connection must be open: it was closed",
  });
  await connection[Symbol.asyncDispose]();
  await ended;
  await assert.rejects(connection.run("read k", (client) => client.get("k")), { name: "RedisClosedError" });
});

Deno.test("RedisConnection lets only so many calls wait", async () => {
  await using server = await startRedisForTest();
  const connection = await connectRedis({ ...quiet, url: server.url });
  await server.kill();
  const waiting = Array.from({ length: 10_000 }, () => connection.run("read k", (client) => client.get("k")));
  const all = Promise.allSettled(waiting);
  await assert.rejects(
    connection.run("read k", (client) => client.get("k")),
    /10000 calls may wait for Redis/,
  );
  await connection[Symbol.asyncDispose]();
  assert.ok((await all).every(({ status }) => status === "rejected"));
});
