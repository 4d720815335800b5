import assert from "node:assert/strict";
import { createLog } from "./log.ts";

Deno.test("createLog() writes one JSON object a line, with process, time, fields and the error's message", () => {
  const lines: string[] = [];
  createLog("core", "info", (line) => lines.push(line)).warn(
    { err: new Error("gone"), bars: 3 },
    "slow\nfeed",
  );
  assert.equal(lines.length, 1);
  assert.ok(lines[0].endsWith("\n") && !lines[0].slice(0, -1).includes("\n"));
  const entry = JSON.parse(lines[0]);
  assert.equal(entry.process, "core");
  assert.equal(entry.msg, "slow\nfeed");
  assert.equal(entry.bars, 3);
  assert.equal(entry.err.message, "gone");
  assert.ok(!Number.isNaN(Date.parse(entry.time)));
});

Deno.test("createLog() leaves out what is below its level", () => {
  const lines: string[] = [];
  const log = createLog("core", "warn", (line) => lines.push(line));
  log.debug({}, "a");
  log.info({}, "b");
  log.error({}, "c");
  assert.deepEqual(lines.map((line) => JSON.parse(line).msg), ["c"]);
});
