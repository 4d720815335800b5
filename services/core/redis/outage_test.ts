/** What a lost server, a full memory and a lost library must not lose or double. */
import assert from "node:assert/strict";
import { barStream } from "../contracts/bar.ts";
import { decisionStream, equityStream, fillStream } from "../contracts/lane.ts";
import { requestStream } from "../contracts/model.ts";
import { startRedisForTest, type TestRedisServer } from "../testing/redis_server.ts";
import { connectRedis } from "./connect.ts";
import { BEFORE_FIRST } from "./entry_id.ts";
import { commitOf } from "./ledger_samples_testing.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { RedisLedger } from "./redis_ledger.ts";
import { RedisStore } from "./redis_store.ts";
import { barAt, barsAt } from "./store_conformance_testing.ts";

const connectTo = (server: TestRedisServer) =>
  connectRedis({ url: server.url, name: "test", onEvent: () => {} });
const storeOn = (connection: RedisConnection) =>
  new RedisStore({ connection, onBadEntry: (bad) => assert.fail(bad.reason) });
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Kills the server and starts it again, so often, each time after some progress. */
async function crashWhile(
  work: Promise<unknown>,
  server: TestRedisServer,
  progress: () => number,
  kills: number,
) {
  let isDone = false;
  void work.finally(() => isDone = true).catch(() => {});
  for (let kill = 0; kill < kills; kill++) {
    const goal = progress() + 20;
    while (!isDone && progress() < goal) await new Promise((resolve) => setTimeout(resolve, 1));
    await server.kill();
    await server.start();
  }
}

Deno.test("a server that is killed loses and doubles no commit, and readers miss none", async () => {
  const bars = 400;
  await using server = await startRedisForTest();
  await using connection = await connectTo(server);
  const store = storeOn(connection);
  const ledger = new RedisLedger({ connection });
  const lease = { account: "paper", replica: "r1", symbols: ["SPX"], ttlMs: 600_000 };
  const fence = (await ledger.renewLeases(lease)).get("SPX")!;
  let committed = 0;
  const committing = (async () => {
    for (const version of upTo(bars)) {
      const commit = commitOf({ account: "paper", barMs: version * 1000, version, fence, fills: 2 });
      const { outcome } = await ledger.commit(commit);
      assert.notEqual(outcome, "refused");
      committed++;
    }
  })();
  const seen: string[] = [];
  const reading = (async () => {
    await using reader = store.openReader();
    let positions = new Map([[decisionStream("paper", "SPX"), BEFORE_FIRST]]);
    while (seen.length < bars) {
      const page = await reader.read(positions, { count: 50, blockMs: 1_000 });
      seen.push(...page.entries.map(({ id }) => id));
      positions = page.positions;
    }
  })();
  await crashWhile(committing, server, () => committed, 4);
  await Promise.all([committing, reading]);

  const ids = upTo(bars).map((version) => `${version * 1000}-0`);
  assert.deepEqual(seen, ids);
  assert.deepEqual((await store.range(decisionStream("paper", "SPX"))).map(({ id }) => id), ids);
  assert.deepEqual((await store.range(equityStream("paper", "SPX"))).map(({ id }) => id), ids);
  assert.equal(await store.length(fillStream("paper", "SPX")), 2 * bars);
  assert.equal((await ledger.load("paper", "SPX"))!.version, bars);
});

Deno.test("a server that is killed leaves no hole in what appendAll() writes", async () => {
  const count = 20_000;
  await using server = await startRedisForTest();
  await using connection = await connectTo(server);
  const store = storeOn(connection);
  const stream = barStream("SPX", "1d");
  await using watcher = await connectTo(server);
  let length = 0;
  const appending = store.appendAll(stream, barsAt(...upTo(count)));
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      const now = await storeOn(watcher).length(stream);
      if (now > length) length = now;
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  try {
    await crashWhile(appending, server, () => length / 100, 3);
    await appending;
  } finally {
    isDone = true;
    await watching;
  }
  assert.deepEqual((await store.range(stream)).map(({ id }) => id), upTo(count).map((ms) => `${ms}-0`));
});

Deno.test("appendAll() fails if the server has lost what it had acknowledged", async () => {
  await using server = await startRedisForTest();
  await using connection = await connectTo(server);
  await using watcher = await connectTo(server);
  const stream = barStream("SPX", "1d");
  const appending = storeOn(connection).appendAll(stream, barsAt(...upTo(20_000)));
  const failed = assert.rejects(
    appending,
    /must keep what it acknowledged: it was restarted and lost \d+-0$/,
  );
  while (await storeOn(watcher).length(stream) < 2_000) { /* until enough is there to lose */ }
  await server.kill();
  const folder = `${server.folder}/appendonlydir`;
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (name.endsWith(".incr.aof")) await Deno.truncate(path, (await Deno.stat(path)).size / 2 | 0);
  }
  await server.start();
  await failed;
});

Deno.test("a server without memory refuses a chunk or a commit whole", async () => {
  await using server = await startRedisForTest({ settings: ["--maxmemory", "4mb"] });
  await using connection = await connectTo(server);
  const store = storeOn(connection);
  const ledger = new RedisLedger({ connection });
  const lease = { account: "paper", replica: "r1", symbols: ["SPX"], ttlMs: 600_000 };
  const fence = (await ledger.renewLeases(lease)).get("SPX")!;
  assert.equal(
    (await ledger.commit(commitOf({ account: "paper", barMs: 1000, version: 1, fence }))).outcome,
    "committed",
  );

  const stream = requestStream("SPX");
  const request = {
    symbol: "SPX",
    barMs: 1,
    version: "m-0123456789abcdef",
    state: new Float32Array(500),
    classes: [],
    scalars: new Float32Array(0),
  };
  const filling = store.appendAll(stream, upTo(20_000).map((ms) => [`${ms}-0`, request] as const));
  await assert.rejects(
    filling,
    /Cannot append to model:requests:SPX as Redis at .* answers: .*OOM/,
  );
  const length = await store.length(stream);
  assert.ok(length > 0 && length % 200 === 0, `a chunk is broken: ${length} entries`);
  assert.deepEqual((await store.newest(stream, 1))[0]!.id, `${length}-0`);

  await connection.client.config("SET", "maxmemory", "1mb");
  const next = commitOf({ account: "paper", barMs: 2000, version: 2, fence, fills: 1 });
  await assert.rejects(ledger.commit(next), /OOM/);
  assert.equal(await store.length(decisionStream("paper", "SPX")), 1);
  assert.equal((await ledger.load("paper", "SPX"))!.version, 1);
  await connection.client.config("SET", "maxmemory", "0");
  assert.deepEqual(await ledger.commit(next), { outcome: "committed" });
});

Deno.test("a ledger loads its functions again when the server has lost them", async () => {
  await using server = await startRedisForTest();
  await using connection = await connectTo(server);
  const ledger = new RedisLedger({ connection });
  const lease = { account: "paper", replica: "r1", symbols: ["SPX"], ttlMs: 600_000 };
  for (const version of upTo(3)) {
    const fence = (await ledger.renewLeases(lease)).get("SPX")!;
    await connection.client.function("FLUSH");
    const commit = commitOf({ account: "paper", barMs: version * 1000, version, fence });
    const racing = await Promise.all([ledger.commit(commit), ledger.commit(commit)]);
    assert.deepEqual(racing.map(({ outcome }) => outcome).sort(), ["committed", "duplicate"]);
  }
});

Deno.test("a killed server keeps fencing tokens, so that none comes back", async () => {
  await using server = await startRedisForTest();
  await using connection = await connectTo(server);
  const ledger = new RedisLedger({ connection });
  const leaseOf = (replica: string) => ({ account: "paper", replica, symbols: ["SPX"], ttlMs: 600_000 });
  const first = (await ledger.renewLeases(leaseOf("r1"))).get("SPX")!;
  await ledger.releaseLeases({ account: "paper", replica: "r1" });
  await server.kill();
  await server.start();
  const second = (await ledger.renewLeases(leaseOf("r2"))).get("SPX")!;
  assert.ok(second > first);
});

Deno.test("a reader whose server is gone ends when it is aborted", async () => {
  await using server = await startRedisForTest();
  await using connection = await connectTo(server);
  const store = storeOn(connection);
  const stream = barStream("SPX", "1d");
  await store.append(stream, "1-0", barAt(1));
  await using reader = store.openReader();
  const { positions } = await reader.read(new Map([[stream, BEFORE_FIRST]]), { count: 1, blockMs: 1_000 });
  await server.kill();
  const stop = new AbortController();
  const reading = reader.read(positions, { count: 1, blockMs: 30_000, signal: stop.signal });
  stop.abort();
  assert.deepEqual((await reading).entries, []);
  await server.start();
  await store.append(stream, "2-0", barAt(2));
  const page = await reader.read(positions, { count: 1, blockMs: 1_000 });
  assert.deepEqual(page.entries.map(({ id }) => id), ["2-0"]);
});
