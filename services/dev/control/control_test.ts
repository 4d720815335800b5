/** The commands as a user runs them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { controlAt } from "../../core/redis/ledger_samples_testing.ts";
import { RedisLedger } from "../../core/redis/redis_ledger.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import { systemClock } from "../../core/runtime/clock.ts";
import { serverForTests, startRedisForTest } from "../../core/testing/redis_server.ts";
import { Child } from "../child.ts";
import { runsToSteer } from "./runs_to_steer.ts";
import { NoRunError } from "../open_run.ts";
import { configurePrivateRedis } from "../private_redis.ts";
import { makeRunFolder } from "../run_folder.ts";
import { FEED } from "../run_samples_testing.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const server = serverForTests();

async function run(args: string[], redisUrl = server.url()) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `--config=${join(ROOT, "deno.json")}`, MAIN, ...args],
    cwd: ROOT,
    env: { REDIS_URL: redisUrl },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("halt and resume tell what they did, as text and as JSON, and need a run", async () => {
  await using connection = await connectRedis({ url: server.url(), name: "test", onEvent: () => {} });
  await using store = new RedisStore({ connection, onBadEntry: () => {} });
  const none = await run(["halt"]);
  assert.deepEqual([none.code, none.stdout], [1, ""]);
  assert.match(
    none.stderr,
    /^Cannot halt paper as Redis at 127\.0\.0\.1:\d+ must hold a run: it holds none\n$/,
  );

  await store.set(feedStatus(), FEED);
  const halted = await run(["halt", "--reason", "a walk", "--flatten", "--json"]);
  assert.equal(halted.code, 0, halted.stderr);
  const { account, control } = JSON.parse(halted.stdout).runs[0];
  assert.deepEqual([account, control.state, control.flatten, control.reason], [
    "paper",
    "halted",
    true,
    "a walk",
  ]);
  assert.deepEqual(await new RedisLedger({ connection }).control("paper"), control);
  const resumed = await run(["resume"]);
  assert.deepEqual(
    [resumed.code, resumed.stdout],
    [0, "paper trades (it was halted: a walk). Daily loss and drawdown count from here.\n"],
  );
  const unknown = await run(["halt", "--account", "other"]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /Cannot halt other as it must be an account of the run/);
});

Deno.test("halt explains itself, its options and a server that is not there", async () => {
  const help = await run(["halt", "--help"]);
  assert.equal(help.code, 0);
  for (const option of ["--flatten", "--reason TEXT", "--account NAME", "--json"]) {
    assert.ok(help.stdout.includes(option), option);
  }
  const wrong = await run(["halt", "--account", "a}b", "--now"]);
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    /2 faults:\n {2}--now is not an option\n {2}--account must be 1 to 32 small letters/,
  );
  const away = await run(["resume", "--json"], "redis://127.0.0.1:1");
  assert.deepEqual([away.code, away.stdout], [1, ""]);
  assert.match(away.stderr, /^Cannot reach Redis at 127\.0\.0\.1:1 as it must answer within 3000 ms/);
});

Deno.test("runsToSteer() finds the Redis of the run that lives in the checkout, and may steer there", async () => {
  const root = await Deno.makeTempDir({ prefix: "rltrader-open-run-" });
  using folder = await makeRunFolder(join(root, ".rltrader/runs"), Date.now(), Deno.pid);
  const { configPath, port } = await configurePrivateRedis(folder.redis);
  await using installed = await startRedisForTest();
  const spec = { name: "redis", program: installed.binary, args: [configPath], env: {} };
  const child = new Child({ ...spec, logPath: join(folder.logs, "redis.log") }, systemClock, () => {});
  const running = child.run();
  try {
    const { chosen } = await runsToSteer(root, () => undefined, undefined);
    await using run = await chosen[0]!.open();
    assert.equal(run.server, `127.0.0.1:${port}`);
    assert.equal(await run.ledger.steer("paper", controlAt(1)), true);
    assert.deepEqual(await run.ledger.control("paper"), controlAt(1));
  } finally {
    await child.stop();
    await running;
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("runsToSteer() says so where REDIS_URL is not set and nothing runs from the checkout", async () => {
  const empty = await Deno.makeTempDir({ prefix: "rltrader-no-run-" });
  try {
    await assert.rejects(runsToSteer(empty, () => undefined, undefined), NoRunError);
  } finally {
    await Deno.remove(empty, { recursive: true });
  }
});
