import assert from "node:assert/strict";
import { join } from "node:path";
import { testContext } from "./setup_testing.ts";
import { withStepLock } from "./step_lock.ts";

Deno.test("withStepLock() lets one in at a time and says once that it waits", async () => {
  await using context = await testContext();
  const path = join(context.root, "locks", "a.lock");
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const one = withStepLock(path, { onWait: () => order.push("one waits") }, async () => {
    order.push("one in");
    entered.resolve();
    await first.promise;
    order.push("one out");
  });
  await entered.promise;
  const waiting = Promise.withResolvers<void>();
  const onWait = () => {
    order.push("two waits");
    waiting.resolve();
  };
  const two = withStepLock(path, { onWait }, () => Promise.resolve(order.push("two in")));
  await waiting.promise;
  first.resolve();
  await Promise.all([one, two]);
  assert.deepEqual(order, ["one in", "two waits", "one out", "two in"]);
});

Deno.test("withStepLock() stops waiting when aborted", async () => {
  await using context = await testContext();
  const path = join(context.root, "a.lock");
  const abort = new AbortController();
  await withStepLock(path, { onWait: () => {} }, async () => {
    const options = { onWait: () => abort.abort(new Error("enough")), signal: abort.signal };
    await assert.rejects(withStepLock(path, options, () => Promise.resolve()), /enough/);
  });
});

Deno.test("withStepLock() gets the lock of a process that was killed", async () => {
  await using context = await testContext();
  const path = join(context.root, "a.lock");
  const code = `const f = await Deno.open(${JSON.stringify(path)}, { create: true, write: true });
    await f.lock(true); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", code],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const result = await withStepLock(
    path,
    { onWait: () => child.kill("SIGKILL") },
    () => Promise.resolve("in"),
  );
  assert.equal(result, "in");
  await reader.cancel();
  await child.status;
});
