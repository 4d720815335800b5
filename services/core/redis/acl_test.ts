import assert from "node:assert/strict";
import { attributionStream } from "../contracts/attribution.ts";
import { controlDocument } from "../contracts/control.ts";
import type { Role } from "../contracts/define.ts";
import { decisionStream, fillStream, laneRecord } from "../contracts/lane.ts";
import { barStream } from "../contracts/bar.ts";
import { modelBlobKey, requestStream, resultStream } from "../contracts/model.ts";
import { heartbeats, quarantineStream } from "../contracts/system.ts";
import { tickStream } from "../contracts/tick.ts";
import { startRedisForTest, type TestRedisServer } from "../testing/redis_server.ts";
import { aclFile, aclRules, ROLES } from "./acl.ts";
import { connectRedis } from "./connect.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { commitOf, controlAt } from "./ledger_samples_testing.ts";
import { loadLedgerFunctions, RedisLedger } from "./redis_ledger.ts";
import { RedisStore } from "./redis_store.ts";
import { barAt } from "./store_conformance_testing.ts";

const passwordOf = (role: Role) => `${role}-0123456789abcdef`;
const passwords = Object.fromEntries(ROLES.map((role) => [role, passwordOf(role)])) as Record<Role, string>;

let server: TestRedisServer;
Deno.test.beforeAll(async () => {
  server = await startRedisForTest({ acl: aclFile(passwords) });
});
Deno.test.afterAll(() => server[Symbol.asyncDispose]());

const connectAs = (role: Role) =>
  connectRedis({ url: server.urlFor(role, passwordOf(role)), name: `${role}-1`, onEvent: () => {} });

/** Runs raw commands as a role; each must be denied. */
async function assertDenied(
  connection: RedisConnection,
  commands: readonly (readonly [string, ...string[]])[],
) {
  for (const [name, ...args] of commands) {
    await assert.rejects(
      connection.client.call(name, ...args),
      /^ReplyError: NOPERM/,
      [name, ...args].join(" "),
    );
  }
}

Deno.test("aclFile() knows the keys of every contract", async () => {
  const source = await Deno.readTextFile(new URL("./acl.ts", import.meta.url));
  for await (const { name } of Deno.readDir(new URL("../contracts/", import.meta.url))) {
    if (name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(new URL(`../contracts/${name}`, import.meta.url));
    const declares = /= define(Stream|Document|Key)\(/.test(text);
    if (declares) assert.ok(source.includes(`"../contracts/${name}"`), `acl.ts does not load ${name}`);
  }
});

Deno.test("aclFile() holds no password and refuses a short one", () => {
  const text = aclFile(passwords);
  for (const role of ROLES) assert.ok(!text.includes(passwordOf(role)));
  assert.throws(() => aclFile({ ...passwords, ui: "short" }), /as its password must have 16 .* it has 5$/);
});

Deno.test("aclRules() gives functions to inference and dev alone, and ui no way to write", () => {
  const calls = ROLES.filter((role) => aclRules(role).includes("+fcall"));
  assert.deepEqual(calls, ["inference", "dev"]);
  assert.ok(aclRules("ui").filter((rule) => rule.startsWith("%")).every((rule) => rule.startsWith("%R~")));
});

Deno.test("the server lets nobody in without a user", async () => {
  await assert.rejects(connectRedis({ url: server.url, name: "x", onEvent: () => {} }), {
    name: "RedisRefusedError",
  });
});

Deno.test("ui reads what the contracts show it, and can do nothing else", async () => {
  await using inference = await connectAs("inference");
  await using ui = await connectAs("ui");
  const ledger = new RedisLedger({ connection: inference });
  const fence =
    (await ledger.renewLeases({ account: "paper", replica: "r", symbols: ["BTC/USDT"], ttlMs: 60_000 }))
      .get("BTC/USDT")!;
  const commit = commitOf({ account: "paper", symbol: "BTC/USDT", barMs: 1000, version: 1, fence, fills: 1 });
  assert.deepEqual(await ledger.commit(commit), { outcome: "committed" });

  const store = new RedisStore({ connection: ui, onBadEntry: () => assert.fail("bad entry") });
  assert.deepEqual(await store.get(laneRecord("paper", "BTC/USDT")), commit.record);
  assert.equal((await store.newest(decisionStream("paper", "BTC/USDT"), 5)).length, 1);
  assert.deepEqual(
    await new RedisLedger({ connection: ui }).totals("paper"),
    new Map([["BTC/USDT", commit.total]]),
  );
  assert.deepEqual(await store.entries(heartbeats()), new Map());
  assert.equal(await store.getBytes(modelBlobKey("m-1")), null);
  await using reader = store.openReader();
  const page = await reader.read(new Map([[fillStream("paper", "BTC/USDT"), "0-0"]]), {
    count: 9,
    blockMs: 0,
  });
  assert.equal(page.entries.length, 1);

  const lane = "{paper}:lane:BTC/USDT";
  await assertDenied(ui, [
    ["SET", lane, "x"],
    ["XADD", "{paper}:decisions:BTC/USDT", "*", "json", "{}"],
    ["XTRIM", "{paper}:decisions:BTC/USDT", "MAXLEN", "0"],
    ["DEL", lane],
    ["HSET", "system:heartbeats", "x", "{}"],
    ["FCALL", "x", "0"],
    ["EVAL", "return 1", "0"],
    ["FUNCTION", "LOAD", "#!lua name=x\n"],
    ["FUNCTION", "FLUSH"],
    ["CONFIG", "GET", "*"],
    ["KEYS", "*"],
    ["SCAN", "0"],
    ["FLUSHALL"],
    ["ACL", "LIST"],
    ["SHUTDOWN"],
    ["GET", "undeclared"],
    ["MONITOR"],
    ["PUBLISH", "c", "x"],
    ["SWAPDB", "0", "1"],
    ["COPY", lane, "market:feed"],
  ]);
});

/** Every class that holds a command which changes data, keys, users, other connections or the server itself. */
const CHANGING = ["write", "admin", "dangerous", "scripting", "pubsub", "transaction", "blocking"] as const;
/** What of them the page needs: it waits for entries, and asks how much memory the server takes. */
const NEEDED = ["info", "xread"];

Deno.test("ui may run no command of any class that changes anything, whatever its arguments", async () => {
  await using whole = await startRedisForTest({
    acl: `${aclFile(passwords)}user admin on >${passwordOf("dev")} ~* &* +@all\n`,
  });
  await using admin = await connectRedis({
    url: whole.urlFor("admin", passwordOf("dev")),
    name: "admin",
    onEvent: () => {},
  });
  const allowed = new Set<string>();
  let tried = 0;
  for (const category of CHANGING) {
    for (const command of await admin.client.call("ACL", "CAT", category) as string[]) {
      const words = command.split("|");
      const [[, arity]] = await admin.client.call("COMMAND", "INFO", command) as [string, number][];
      // Too few arguments are refused before rights are looked at.
      const rest = Array<string>(Math.max(0, Math.abs(arity) - words.length)).fill("1");
      const verdict = String(await admin.client.call("ACL", "DRYRUN", "ui", ...words, ...rest));
      tried++;
      if (!verdict.includes(`has no permissions to run the '${command}' command`)) allowed.add(command);
    }
  }
  assert.ok(tried > 200, `so many commands were tried: ${tried}`);
  assert.deepEqual([...allowed].sort(), NEEDED);
  await using ui = await connectAs("ui");
  assert.match(await ui.client.info("memory"), /^used_memory:[0-9]+/m);
});

Deno.test("inference writes why it decided, and ui reads it", async () => {
  await using inference = await connectAs("inference");
  await using ui = await connectAs("ui");
  const [writer, reader] = [inference, ui].map((connection) =>
    new RedisStore({ connection, onBadEntry: () => assert.fail("bad entry") })
  );
  const stream = attributionStream("paper", "SPX");
  const value = {
    chosen: "long",
    other: "flat",
    costDifference: 0,
    baselineDifference: 0.5,
    weights: Float32Array.of(1, -2),
    residual: 0,
    rough: false,
    steps: 15,
    modelVersion: "m-0123456789abcdef",
  };
  assert.equal(await writer.append(stream, "5-0", value, { maxLength: 10 }), "appended");
  assert.equal(await writer.append(stream, "5-0", value, { maxLength: 10 }), "duplicate");
  assert.deepEqual((await reader.newest(stream, 2)).map((entry) => entry.value), [value]);
});

Deno.test("inference commits and asks, but does not touch models, bars or learning", async () => {
  await using inference = await connectAs("inference");
  const store = new RedisStore({ connection: inference, onBadEntry: () => {} });
  const request = {
    symbol: "SPX",
    barMs: 1,
    version: "m-0123456789abcdef",
    state: new Float32Array(3),
    classes: [1],
    scalars: new Float32Array(2),
  };
  assert.equal(await store.append(requestStream("SPX"), "1-0", request), "appended");
  assert.deepEqual(await store.range(resultStream("SPX")), []);
  await store.append(quarantineStream(), "*", {
    process: "inference-1",
    source: "x",
    entry: "1-0",
    reason: "r",
    content: "",
    atMs: 1,
  });
  await assertDenied(inference, [
    ["SET", "model:blob:m-1", "x"],
    ["SET", "model:current", "{}"],
    ["DEL", "model:metadata:m-1"],
    ["XADD", "model:events", "*", "json", "{}"],
    ["XADD", "model:results:SPX", "*", "json", "{}"],
    ["XADD", "market:bars:SPX:1d", "*", "json", "{}"],
    ["XADD", "learning:metrics", "*", "json", "{}"],
    ["XADD", "experience:paper:SPX", "*", "json", "{}"],
    ["CONFIG", "SET", "maxmemory", "1"],
    ["FLUSHALL"],
    ["FUNCTION", "DELETE", "x"],
  ]);
});

Deno.test("trainer publishes models, but does not touch lanes or bars", async () => {
  await using trainer = await connectAs("trainer");
  const store = new RedisStore({ connection: trainer, onBadEntry: () => {} });
  await store.setBytes(modelBlobKey("m-1"), new Uint8Array(5));
  assert.equal((await store.getBytes(modelBlobKey("m-1")))!.length, 5);
  assert.equal(await store.delete(modelBlobKey("m-1")), 1);
  assert.deepEqual(await store.range(barStream("SPX", "1d")), []);
  await assertDenied(trainer, [
    ["SET", "{paper}:lane:SPX", "{}"],
    ["DEL", "{paper}:lane:SPX"],
    ["XADD", "{paper}:decisions:SPX", "*", "json", "{}"],
    ["HSET", "{paper}:leases", "SPX", "x|9|9"],
    ["XADD", "market:bars:SPX:1d", "*", "json", "{}"],
    ["XADD", "experience:paper:SPX", "*", "json", "{}"],
    ["FCALL", "x", "0"],
  ]);
});

Deno.test("core publishes bars in bulk, but does not touch lanes or models", async () => {
  await using core = await connectAs("core");
  const store = new RedisStore({ connection: core, onBadEntry: () => {} });
  assert.equal(await store.appendAll(barStream("SPX", "1d"), [["1-0", barAt(1)], ["2-0", barAt(2)]]), 2);
  assert.equal(await store.trimBefore(barStream("SPX", "1d"), "2-0"), 1);
  await store.range(decisionStream("paper", "SPX"));
  await assertDenied(core, [
    ["SET", "{paper}:lane:SPX", "{}"],
    ["XADD", "{paper}:fills:SPX", "*", "json", "{}"],
    ["SET", "model:current", "{}"],
    ["FCALL", "x", "0"],
  ]);
});

Deno.test("feed puts ticks in and can do nothing else; core reads and drops them", async () => {
  await using feed = await connectAs("feed");
  await using core = await connectAs("core");
  const tick = { timeMs: 1, price: 10, size: 1 };
  const writer = new RedisStore({ connection: feed, onBadEntry: () => {} });
  await writer.append(tickStream("SPX"), "*", tick);
  const store = new RedisStore({ connection: core, onBadEntry: () => assert.fail("bad entry") });
  const [entry] = await store.range(tickStream("SPX"));
  assert.deepEqual(entry.value, tick);
  assert.equal(await store.trimBefore(tickStream("SPX"), `${entry.id.split("-")[0]}-99`), 1);
  await assertDenied(feed, [
    ["XRANGE", "market:ticks:SPX", "-", "+"],
    ["XTRIM", "market:ticks:SPX", "MAXLEN", "0"],
    ["DEL", "market:ticks:SPX"],
    ["XADD", "market:bars:SPX:1d", "*", "json", "{}"],
    ["GET", "market:feed"],
    ["FLUSHALL"],
  ]);
});

Deno.test("dev steers accounts by the ledger's functions, but commits nothing and takes no lease", async () => {
  await using dev = await connectAs("dev");
  await loadLedgerFunctions(dev);
  const ledger = new RedisLedger({ connection: dev });
  const halt = controlAt(1);
  assert.equal(await ledger.steer("steered", halt), true);
  await using inference = await connectAs("inference");
  assert.deepEqual(await new RedisLedger({ connection: inference }).control("steered"), halt);
  const symbols = ["SPX"];
  const lease = { account: "own", replica: "r", symbols, ttlMs: 60_000 };
  const fence = (await new RedisLedger({ connection: inference }).renewLeases(lease)).get("SPX")!;
  const commit = commitOf({ account: "own", barMs: 1000, version: 1, fence });
  await assert.rejects(ledger.commit(commit), /NOPERM/);
  await assert.rejects(ledger.renewLeases(lease), /NOPERM/);
  const store = new RedisStore({ connection: inference, onBadEntry: () => {} });
  assert.equal(await store.length(decisionStream("own", "SPX")), 0);
  await assertDenied(dev, [["SET", "{paper}:lane:SPX", "{}"], ["SET", "model:current", "{}"]]);
});

Deno.test("core, trainer and ui see the control of an account and cannot change it", async () => {
  for (const role of ["core", "trainer", "ui"] as const) {
    await using connection = await connectAs(role);
    const store = new RedisStore({ connection, onBadEntry: () => {} });
    assert.equal(await store.get(controlDocument("unsteered")), null);
    await assertDenied(connection, [["SET", "control:{unsteered}", "{}"], ["FCALL", "x", "0"]]);
  }
});

Deno.test("commit() writes nothing if its user lacks a right to a command or a key", async () => {
  const account = "partly";
  const full = aclRules("inference");
  const total = full.find((rule) => rule.endsWith(":total"))!;
  const lacking = [full.filter((rule) => rule !== "+set"), [
    ...full.filter((rule) => rule !== total),
    "%R~{*}:total",
  ]];
  for (const rules of lacking) {
    await using limited = await startRedisForTest({
      acl: `user default reset\nuser inference reset on >${passwordOf("inference")} ${rules.join(" ")}\n`,
    });
    await using connection = await connectRedis({
      url: limited.urlFor("inference", passwordOf("inference")),
      name: "limited",
      onEvent: () => {},
    });
    const ledger = new RedisLedger({ connection });
    const tokens = await ledger.renewLeases({ account, replica: "r", symbols: ["SPX"], ttlMs: 60_000 });
    const commit = commitOf({ account, barMs: 1000, version: 1, fence: tokens.get("SPX")! });
    const reason = await ledger.commit(commit).then((result) => JSON.stringify(result), String);
    assert.match(reason, /must be allowed to SET|NOPERM/);
    const store = new RedisStore({ connection, onBadEntry: () => {} });
    assert.equal(await store.length(decisionStream(account, "SPX")), 0);
    assert.equal(await ledger.load(account, "SPX"), null);
  }
});

Deno.test("core may trim what inference has committed, and not add to it", async () => {
  await using core = await connectAs("core");
  const store = new RedisStore({ connection: core, onBadEntry: () => assert.fail("bad entry") });
  const { key } = decisionStream("paper", "TRIM");
  assert.equal(await store.trimBefore(decisionStream("paper", "TRIM"), "5-0"), 0);
  await assertDenied(core, [
    ["XADD", key, "1-0", "json", "{}"],
    ["DEL", key],
    ["XTRIM", laneRecord("paper", "TRIM").key, "MINID", "5-0"],
  ]);
});
