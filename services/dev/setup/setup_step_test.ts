import assert from "node:assert/strict";
import { SetupStep, type StepProgress } from "./setup_step.ts";

Deno.test("SetupStep.run() reports waiting, running and done, with seconds and what it was told", async () => {
  const seen: StepProgress[] = [];
  let now = 1_000;
  const step = new SetupStep("a", "A", (progress) => seen.push(progress), undefined, () => now);
  await step.run((report) => {
    report.update({ doneBytes: 5, totalBytes: 10, detail: "half" });
    now += 2_500;
    return Promise.resolve();
  });
  assert.deepEqual(seen.map(({ state }) => state), ["waiting", "running", "done"]);
  const expected = {
    name: "a",
    title: "A",
    state: "done",
    seconds: 2.5,
    doneBytes: 5,
    totalBytes: 10,
    detail: "half",
  };
  assert.deepEqual(seen.at(-1), expected);
});

Deno.test("SetupStep.run() reports the error and passes it on", async () => {
  const seen: StepProgress[] = [];
  const step = new SetupStep("a", "A", (progress) => seen.push(progress));
  await assert.rejects(step.run(() => Promise.reject(new Error("broken"))), /broken/);
  assert.equal(seen.at(-1)?.state, "failed");
  assert.equal(seen.at(-1)?.error, "broken");
});

Deno.test("SetupStep.run() has no error of its own when it was aborted", async () => {
  const seen: StepProgress[] = [];
  const step = new SetupStep("a", "A", (progress) => seen.push(progress), AbortSignal.abort());
  await assert.rejects(step.run(() => Promise.reject(new Error("another's"))), /another's/);
  assert.equal(seen.at(-1)?.state, "failed");
  assert.equal(seen.at(-1)?.error, undefined);
});
