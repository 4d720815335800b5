/** How a run ends: when it is asked to, before there is anything to tell, and when its supervisor is killed. Real processes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { barStream } from "../core/contracts/bar.ts";
import { decisionStream, equityStream, fillStream } from "../core/contracts/lane.ts";
import { heartbeats } from "../core/contracts/system.ts";
import { parseReadyLine } from "../core/runtime/ready_line.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { livingRuns } from "./living_runs.ts";
import { openRun } from "./open_run.ts";
import { isPortBusy } from "./private_redis.ts";
import type { Summary } from "./summary.ts";
import { all, Run } from "./system_run_testing.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const within = { deadlineMs: 120_000, everyMs: 20 };

/** `deno task dev` with a Redis of its own. */
function startDev(...options: string[]): Deno.ChildProcess {
  const { REDIS_URL: _, ...env } = Deno.env.toObject();
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--config=${join(ROOT, "deno.json")}`, MAIN, ...options],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function livingOf(pid: number) {
  const runs = await livingRuns(join(ROOT, ".rltrader/runs"));
  return runs.find(({ description }) => description?.pid === pid) ?? null;
}

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0); // asks, and sends nothing
  } catch {
    return false;
  }
};

Deno.test("dev that is asked to stop tells of one moment: every bar decided, and what a stranger counts then", async () => {
  await using run = await Run.startWithoutEnd("--speed=200", "--json");
  await run.untilDecided(60, ["SPX"]);
  run.interrupt();
  const { code, stdout } = await run.end();
  assert.equal(code, 130);
  const summary: Summary = JSON.parse(stdout);
  const bars = (await all(run.store, barStream("SPX", "1d"))).filter(({ value }) => value.phase === "live");
  const [last] = await run.store.newest(equityStream("paper", "SPX"), 1);
  assert.deepEqual(
    [summary.bars, summary.decisions, summary.stateParity.decisions, summary.fills, summary.equity],
    [
      bars.length,
      bars.length,
      bars.length,
      await run.store.length(fillStream("paper", "SPX")),
      Math.round(last.value.equity * 100) / 100,
    ],
  );
  assert.equal(await run.store.length(decisionStream("paper", "SPX")), bars.length);
});

Deno.test("dev that is stopped before its first live bar prints one JSON document of zeros", async () => {
  const dev = startDev("--json", "--no-ui");
  const output = dev.output();
  await until(systemClock, "its run", () => livingOf(dev.pid), within);
  dev.kill("SIGINT");
  const { code, stdout } = await output;
  assert.equal(code, 130);
  const { bars, decisions, equity, model, lastVerdict } = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual([bars, decisions, equity, model, lastVerdict], [0, 0, 0, null, null]);
});

Deno.test("dev that is killed takes all its processes along, page and Redis included", async () => {
  const dev = startDev("--speed=20");
  const output = dev.output();
  try {
    const run = await until(systemClock, "its Redis", async () => {
      const living = await livingOf(dev.pid);
      return living?.url === null ? null : living;
    }, within);
    const redisPort = Number(new URL(run.url!).port);
    const page = await until(systemClock, "its page", async () => {
      const text = await Deno.readTextFile(join(run.path, "logs/ui.log")).catch(() => "");
      return text.split("\n").map(parseReadyLine).find((ready) => ready !== null)?.page;
    }, within);
    const pids = await pidsOf(run.url!);
    assert.equal((await fetch(page)).status, 200);
    dev.kill("SIGKILL");
    await output;
    assert.equal(await livingOf(dev.pid), null);
    const isGone = () =>
      !pids.some(isThere) && !isPortBusy(redisPort) && !isPortBusy(Number(new URL(page).port));
    await until(systemClock, "the end of all", isGone, { deadlineMs: 20_000, everyMs: 20 });
  } finally {
    if (isThere(dev.pid)) dev.kill("SIGINT");
    await output;
  }
});

/** Of core, inference and trainer, once all have said that they live. */
async function pidsOf(url: string): Promise<number[]> {
  await using run = await openRun(url, () => undefined);
  const beats = await until(systemClock, "the heartbeats", async () => {
    const known = [...await run.store.entries(heartbeats())];
    return known.length === 3 ? known : null;
  }, within);
  return beats.map(([, { pid }]) => pid);
}
