import assert from "node:assert/strict";
import { runCommand } from "./run_command.ts";

const PATH = "/usr/bin:/bin";

Deno.test("runCommand() gives the child its environment and nothing else", async () => {
  const outcome = await runCommand({
    program: "/usr/bin/env",
    args: [],
    environment: { PATH, A: "1", B: undefined },
    deadlineMs: 10_000,
  });
  assert.deepEqual(outcome.stdout.split("\n").sort(), ["A=1", `PATH=${PATH}`]);
});

Deno.test("runCommand() reports lines as they come, and the status", async () => {
  const lines: string[] = [];
  const outcome = await runCommand({
    program: "bash",
    args: ["-c", "echo one; echo two >&2; printf three; exit 7"],
    environment: { PATH },
    deadlineMs: 10_000,
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  });
  assert.equal(outcome.code, 7);
  assert.deepEqual(lines.sort(), ["stderr two", "stdout one", "stdout three"]);
});

Deno.test("runCommand() answers 127 for a program that is not there", async () => {
  const request = { program: "no-such-program", args: [], environment: { PATH }, deadlineMs: 10_000 };
  assert.equal((await runCommand(request)).code, 127);
});

Deno.test("runCommand() ends the child's own children when aborted", async () => {
  const abort = new AbortController();
  const startedMs = performance.now();
  const running = runCommand({
    program: "bash",
    args: ["-c", "sleep 600 & echo started; wait"],
    environment: { PATH },
    deadlineMs: 600_000,
    signal: abort.signal,
    onLine: () => abort.abort(new Error("interrupted")),
  });
  // Both hold the pipe that is read to its end: were the grandchild alive, this would take ten minutes.
  await assert.rejects(running, /interrupted/);
  assert.ok(performance.now() - startedMs < 60_000);
});

Deno.test("runCommand() ends the child after its deadline", async () => {
  const request = { program: "sleep", args: ["600"], environment: { PATH }, deadlineMs: 50 };
  await assert.rejects(runCommand(request), { name: "TimeoutError" });
});
