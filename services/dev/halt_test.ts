/** The kill switch in the middle of a run: real processes, real Redis, the commands of a user. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Decision, decisionStream } from "../core/contracts/lane.ts";
import { heartbeats } from "../core/contracts/system.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { all, Run } from "./system_run_testing.ts";

const MAIN = fileURLToPath(new URL("control/main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
/** Of the default market. */
const SYMBOL = "SPX";

/** `deno task halt …` or `deno task resume …`; what it printed. */
async function command(run: Run, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--config=${CONFIG}`, MAIN, ...args, "--json"],
    env: { REDIS_URL: run.url },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)).runs[0];
}

async function decisionsOf(run: Run): Promise<Decision[]> {
  return (await all(run.store, decisionStream("paper", SYMBOL))).map(({ value }) => value);
}

/** Where a halt or resume was in force with every commit: not later than when its command returned. */
async function inForceFrom(run: Run): Promise<number> {
  return await run.store.length(decisionStream("paper", SYMBOL));
}

Deno.test("halt stops a run within the bar, through a kill of the replica, until resume; --flatten closes what is held", async () => {
  await using run = await Run.start("--speed=20");
  await run.untilDecided(40, [SYMBOL]);
  const first = await command(run, "halt", "--reason", "a walk in the park");
  const haltedFrom = await inForceFrom(run);
  assert.deepEqual([first.control.revision, first.control.state, first.lanes.length], [1, "halted", 1]);

  await run.untilDecided(haltedFrom + 5, [SYMBOL]);
  Deno.kill(await run.pidOf("inference-1"), "SIGKILL");
  await run.untilDecided(haltedFrom + 20, [SYMBOL]);
  const shown = async () => {
    const beat = await run.store.getField(heartbeats(), "inference-1");
    return beat?.figures.halted === 1 &&
      /^trading is halted since .*: a walk in the park$/.test(beat.activity);
  };
  await until(systemClock, "the heartbeat that says so", shown, { everyMs: 50, deadlineMs: 20_000 });

  await command(run, "halt", "--flatten", "--reason", "enough");
  const flattenedFrom = await inForceFrom(run);
  await run.untilDecided(flattenedFrom + 5, [SYMBOL]);
  const resumed = await command(run, "resume");
  const resumedFrom = await inForceFrom(run);
  assert.deepEqual([resumed.before.flatten, resumed.control.resumes, resumed.control.revision], [true, 1, 3]);

  const summary = await run.summary();
  assert.deepEqual([summary.decisions, summary.restarts, summary.halted], [300, 1, null]);
  const decided = await decisionsOf(run);
  const under = (revision: number) => decided.filter(({ outside }) => outside?.control === revision);
  const controls = decided.map(({ outside }) => outside?.control ?? 0);
  assert.deepEqual(controls, controls.toSorted((a, b) => a - b), "one control after the other");
  assert.ok(controls.slice(haltedFrom).every((revision) => revision >= 1), "every commit since the halt");
  assert.ok(controls.slice(flattenedFrom).every((revision) => revision >= 2));
  assert.ok(controls.slice(resumedFrom).every((revision) => revision === 3));

  assert.ok(under(1).length >= 20);
  for (const { order, verdict } of under(1)) {
    assert.equal(order, null);
    assert.match(verdict.reason, /trading is halted since .* UTC: a walk in the park$/);
  }
  const held = Number(under(1).at(-1)!.laneAccount.quantity);
  const ways = under(2).filter(({ order }) => order !== null);
  assert.equal(ways.length, held === 0 ? 0 : 1, "one way out of what was held");
  assert.ok(ways.every(({ order, verdict }) => order?.target === 0 && /: enough$/.test(verdict.reason)));
  assert.equal(under(2).at(-1)!.laneAccount.quantity, "0");
  assert.ok(under(3).some(({ order }) => order !== null), "it trades again");
});
