/** The command as a user runs it: few kills on few bars. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { systemClock, until } from "../../core/runtime/clock.ts";
import type { ChaosReport } from "./report.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));
const RUNS = fileURLToPath(new URL("../../../.rltrader/chaos", import.meta.url));

function spawn(...options: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--config=${CONFIG}`, MAIN, ...options],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function foldersOf({ pid }: Deno.ChildProcess): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(RUNS)).catch(() => [])).map(({ name }) => name);
  return names.filter((name) => name.endsWith(`-${pid}`));
}

Deno.test("chaos kills ten times, and finds everything as in the runs without kills", async () => {
  const child = spawn("--kills=10", "--seed=3", "--bars=200", "--json");
  const { code, stdout, stderr } = await child.output();
  const [text, log] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, `${log}\n${text}`);
  const report = JSON.parse(text!) as ChaosReport;
  assert.equal(report.verdict, "equal");
  assert.ok(report.kills >= 10, `${report.kills} kills`);
  const killed = Object.values(report.victims).reduce((sum, { kills }) => sum + kills, 0);
  assert.equal(killed, report.kills);
  assert.equal(log!.match(/^ +\d+\/10 /gm)?.length, report.kills, log);
  assert.deepEqual(report.variants.map(({ name }) => name), ["learning", "local runner", "trainer runner"]);
  for (const { name, rounds, compared, differing, balance } of report.variants) {
    assert.ok(rounds >= 1, name);
    assert.deepEqual([compared.decisions, compared.equity], [rounds * 800, rounds * 800], name);
    assert.ok(compared.fills! > 0 && compared.experience! > 0 && balance.fills >= compared.fills!, name);
    assert.deepEqual([differing, balance.fault], [0, null], name);
  }
  assert.ok(report.variants[0]!.compared.rewards! > 0, "it learned");
  assert.ok(report.pointsHit >= 3, `${report.pointsHit} points`);
  assert.deepEqual(await foldersOf(child), []);
});

Deno.test("chaos that is interrupted ends its processes and leaves no files", async () => {
  const child = spawn("--kills=10", "--bars=200");
  const output = child.output();
  const redisPid = async () => {
    const [folder] = await foldersOf(child);
    const path = `${RUNS}/${folder}/learning-reference/redis/redis.pid`;
    return Number(await Deno.readTextFile(path).catch(() => "")) || null;
  };
  const pid = await until(systemClock, "its Redis", redisPid, { deadlineMs: 60_000 });
  Deno.kill(child.pid, "SIGINT");
  const { code, stderr } = await output;
  assert.equal(code, 130, new TextDecoder().decode(stderr));
  assert.deepEqual(await foldersOf(child), []);
  assert.throws(() => Deno.kill(pid, "SIGCONT"), "its Redis has ended");
});
