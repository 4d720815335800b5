import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock, until } from "../core/runtime/clock.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { Child, ChildGaveUpError } from "./child.ts";

const eventually = (what: string, condition: () => boolean | Promise<boolean>) =>
  until(systemClock, what, condition, { deadlineMs: 10_000, everyMs: 5 });

/** A shell script as a child; its output and what was said of restarts. */
class Script implements AsyncDisposable {
  readonly restarts: string[] = [];
  readonly child: Child;
  readonly running: Promise<void>;

  private constructor(readonly folder: string, script: string, clock: Clock, program: string) {
    const spec = {
      name: "sample",
      program,
      args: ["-c", script],
      env: { PATH: "/usr/bin:/bin", FOLDER: folder },
      logPath: join(folder, "sample.log"),
    };
    this.child = new Child(spec, clock, (name, reason) => this.restarts.push(`${name}: ${reason}`));
    this.running = this.child.run();
    this.running.catch(() => {});
  }

  static async start(script: string, clock: Clock, program = "/bin/sh"): Promise<Script> {
    return new Script(await Deno.makeTempDir({ prefix: "rltrader-child-" }), script, clock, program);
  }

  log(): Promise<string> {
    return Deno.readTextFile(join(this.folder, "sample.log"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Time runs only while a child is waited for to be started again. */
const hurried = () => new ManualClock({ jumps: true });

Deno.test("Child writes both outputs to its log, and gives the process the named environment alone", async () => {
  await using script = await Script.start(
    'echo "out $FOLDER"; echo "err [$HOME]" >&2; exec sleep 100',
    hurried(),
  );
  await eventually("the output", async () => (await script.log().catch(() => "")).includes("err"));
  assert.equal(await script.log(), `out ${script.folder}\nerr []\n`);
  assert.equal(script.child.restarts, 0);
});

Deno.test("Child starts its process in a session of its own: Ctrl-C does not reach it", async () => {
  await using script = await Script.start("ps -o sid= -p $$; exec sleep 100", hurried());
  await eventually("its session", async () => (await script.log().catch(() => "")).includes("\n"));
  assert.equal(Number(await script.log()), script.child.pid);
});

Deno.test("Child starts a process again that ended, and says why it ended", async () => {
  const script = 'if [ -e "$FOLDER/second" ]; then exec sleep 100; fi; touch "$FOLDER/second"; exit 3';
  await using sample = await Script.start(script, hurried());
  await eventually("the restart", () => sample.child.restarts === 1);
  assert.deepEqual(sample.restarts, ["sample: exit code 3"]);
});

Deno.test("Child starts a process again that was killed", async () => {
  await using sample = await Script.start("echo up; exec sleep 100", hurried());
  const ups = async () => (await sample.log().catch(() => "")).split("up").length - 1;
  await eventually("the start", async () => await ups() === 1);
  Deno.kill(sample.child.pid!, "SIGKILL");
  await eventually("the restart", async () => await ups() === 2);
  assert.deepEqual(sample.restarts, ["sample: signal SIGKILL"]);
});

Deno.test("Child.kill() kills a process that is started again at once, as often as one likes, and counts no restart", async () => {
  const clock = new ManualClock();
  await using sample = await Script.start("echo up; exec sleep 100", clock);
  for (let start = 1; start <= 8; start++) {
    const ups = async () => (await sample.log().catch(() => "")).split("up").length - 1;
    await eventually(`start ${start}`, async () => await ups() === start);
    assert.equal(sample.child.kill(), true);
  }
  assert.deepEqual([sample.restarts, sample.child.restarts], [[], 0]);
});

Deno.test("Child gives up a process that keeps dying, with the end of its log, and backs off longer each time", async () => {
  const clock = hurried();
  await using sample = await Script.start('echo "{\\"level\\":1}"; echo "no such feed"; exit 1', clock);
  await assert.rejects(sample.running, (error) => {
    assert.ok(error instanceof ChildGaveUpError);
    assert.match(
      error.message,
      /^Cannot keep sample running as it must live longer than 5 s: it ended 5 times \(exit code 1\)\n/,
    );
    assert.match(error.message, /\n {2}no such feed\nThe whole log: .*sample\.log$/);
    assert.ok(!error.message.includes("level"));
    return true;
  });
  assert.equal(sample.child.restarts, 4);
  assert.equal(clock.nowMs(), 100 + 200 + 400 + 800);
});

Deno.test("Child gives up a program that is not there, naming it", async () => {
  await using sample = await Script.start("", hurried(), "/no/such/program");
  await assert.rejects(sample.running, /ended 5 times \(.*\/no\/such\/program/);
});

Deno.test("Child starts its back-off anew after a process that had settled", async () => {
  const clock = new ManualClock();
  await using sample = await Script.start("echo up; exec sleep 100", clock);
  for (let death = 1; death <= 8; death++) {
    const ups = async () => (await sample.log().catch(() => "")).split("up").length - 1;
    await eventually(`start ${death}`, async () => await ups() === death);
    clock.advance(5_001);
    Deno.kill(sample.child.pid!, "SIGKILL");
    await eventually("its wait", () => clock.waiting === 1);
    clock.advance(100);
  }
  assert.equal(sample.child.restarts, 8);
});

Deno.test("Child.stop() asks its process to end, and does not start it again", async () => {
  await using sample = await Script.start(
    'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.01; done',
    hurried(),
  );
  await eventually("the start", async () => (await sample.log().catch(() => "")).includes("up"));
  await sample.child.stop();
  await sample.running;
  assert.match(await sample.log(), /bye\n$/);
  assert.deepEqual(sample.restarts, []);
});

Deno.test("Child.stop() ends a process that does not listen", async () => {
  await using sample = await Script.start('trap "" TERM; echo up; while :; do sleep 0.05; done', hurried());
  await eventually("the start", async () => (await sample.log().catch(() => "")).includes("up"));
  const { pid } = sample.child;
  await sample.child.stop();
  await sample.running;
  assert.throws(() => Deno.kill(pid!, "SIGCONT"));
});

Deno.test("Child.stop() ends the wait for a restart", async () => {
  const clock = new ManualClock();
  await using sample = await Script.start("exit 1", clock);
  await eventually("its wait", () => clock.waiting === 1);
  await sample.child.stop();
  await sample.running;
  assert.equal(sample.child.restarts, 1);
});
