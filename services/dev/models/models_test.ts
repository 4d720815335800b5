/** The commands as a user runs them, on a run of the whole system. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decisionStream } from "../../core/contracts/lane.ts";
import { modelEventStream } from "../../core/contracts/model.ts";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { all, Run } from "../system_run_testing.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));
/** Of the default market. */
const SYMBOL = "SPX";

async function models(url: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--config=${CONFIG}`, MAIN, ...args],
    env: { REDIS_URL: url },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("models rollback takes the last version out in the middle of a run, and holds the one before through a kill", async () => {
  await using run = await Run.start("--speed=20");
  await run.untilDecided(105, [SYMBOL]);
  const listed = await models(run.url, "list", "--json");
  assert.equal(listed.code, 0, listed.stderr);
  const [{ metadata: last }] =
    (JSON.parse(listed.stdout) as { metadata: { version: string; parent: string } }[])
      .filter((model) => "isCurrent" in model && model.isCurrent);

  const rolled = await models(run.url, "rollback", "--json", "--reason", "it churns");
  assert.equal(rolled.code, 0, rolled.stderr);
  assert.deepEqual(JSON.parse(rolled.stdout), {
    held: last.parent,
    before: last.version,
    reason: "it churns",
    notes: [],
  });
  const decidesNow = async () => {
    const [newest] = await run.store.newest(decisionStream("paper", SYMBOL), 1);
    return newest?.value.modelVersion === last.parent ? newest.value.barMs : null;
  };
  const sinceMs = await until(systemClock, "a decision by it", decidesNow, {
    everyMs: 5,
    deadlineMs: 20_000,
  });
  Deno.kill(await run.pidOf("trainer"), "SIGKILL");

  const shown = await models(run.url, "show", last.parent);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^serves +yes, and is held$/m);
  const missing = await models(run.url, "promote", "m-0000000000000000");
  assert.deepEqual([missing.code, missing.stdout], [1, ""]);

  const summary = await run.summary();
  assert.deepEqual([summary.decisions, summary.restarts], [300, 1]);
  const decided = (await all(run.store, decisionStream("paper", SYMBOL))).map(({ value }) => value);
  const since = decided.filter(({ barMs }) => barMs >= sinceMs);
  assert.ok(since.length > 50);
  assert.deepEqual([...new Set(since.map(({ modelVersion }) => modelVersion))], [last.parent]);
  const events = (await all(run.store, modelEventStream())).map(({ value }) => value);
  const offered = events.filter(({ outcome }) => outcome === "held");
  assert.ok(offered.length > 0 && offered.every(({ gate }) => gate.every(({ passed }) => passed)));
});

Deno.test("models tells every fault of its command line, and a server that is not there", async () => {
  for (
    const [args, message] of [
      [["fly"], /must be one of list, show, promote, rollback, release, prune: it is fly/],
      [
        ["promote", "latest"],
        /VERSION must be m- and 16 hex digits, or the first 6 or more of them: it is latest/,
      ],
      [["show"], /VERSION must be given: it is missing/],
      [["list", "--last", "0", "--up"], /2 faults:/],
      [["rollback"], /Cannot reach Redis at 127\.0\.0\.1:1/],
    ] as const
  ) {
    const { code, stdout, stderr } = await models("redis://127.0.0.1:1", ...args);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  }
  const help = await models("", "--help");
  assert.ok(help.code === 0 && /rollback .*\n.*release/.test(help.stdout));
});
