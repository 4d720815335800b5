import assert from "node:assert/strict";
import type { StepProgress } from "./setup_step.ts";
import { lineFor, TerminalProgress } from "./terminal_progress.ts";

function sinkOf(isTerminal: boolean) {
  const written: string[] = [];
  const writeSync = (bytes: Uint8Array) => {
    written.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  return { written, sink: { writeSync, isTerminal: () => isTerminal } };
}

const running = (seconds: number): StepProgress => ({ name: "a", title: "A", state: "running", seconds });

Deno.test("TerminalProgress without a terminal writes state changes, and a line every ten seconds", () => {
  const { written, sink } = sinkOf(false);
  const { show } = new TerminalProgress(sink);
  show({ ...running(0), state: "waiting" });
  for (let seconds = 0; seconds <= 25; seconds += 0.5) show(running(seconds));
  show({ ...running(26), state: "done" });
  assert.deepEqual(written.map((line) => line.trim().replace(/\s+/g, " ")), [
    "A …",
    "A … 10 s",
    "A … 20 s",
    "A ready 26 s",
  ]);
});

Deno.test("TerminalProgress on a terminal redraws the running steps below what is finished", () => {
  const { written, sink } = sinkOf(true);
  let now = 0;
  const { show } = new TerminalProgress(sink, () => now, () => 40);
  show(running(1));
  now += 500;
  show({ ...running(2), detail: "x".repeat(80) });
  assert.ok(written.at(-1)!.startsWith("\x1b[1A\r"), "it goes up by the one line that is there");
  assert.ok(written.at(-1)!.split("\x1b[K")[0]!.replace("\x1b[1A\r", "").length < 40, "no line wraps");
  show({ ...running(3), state: "done" });
  assert.match(written.at(-1)!, /ready/);
  now += 500;
  show({ ...running(0), name: "b" });
  assert.ok(written.at(-1)!.startsWith("\r"), "a finished line is never overwritten");
});

Deno.test("lineFor() shows bytes while a step runs, and tells a stop from a failure", () => {
  assert.match(lineFor({ ...running(3), doneBytes: 5e6, totalBytes: 54e7 }), /5\.0\/540 MB {2}3\.0 s/);
  assert.match(lineFor({ ...running(3), state: "failed", error: "broken" }), /FAILED/);
  assert.match(lineFor({ ...running(3), state: "failed" }), /stopped/);
});
