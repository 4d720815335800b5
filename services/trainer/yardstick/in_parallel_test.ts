import assert from "node:assert/strict";
import { inParallel } from "./in_parallel.ts";

Deno.test("inParallel() keeps the order of the inputs, and runs no more at a time than told", async () => {
  let [running, most] = [0, 0];
  const waiting: (() => void)[] = [];
  const results = inParallel([1, 2, 3, 4], 2, async (input) => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => waiting.push(resolve));
    running--;
    return input * 10;
  });
  while (waiting.length > 0) {
    waiting.pop()!(); // the later one first
    await new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
    await Promise.resolve();
  }
  assert.deepEqual(await results, [10, 20, 30, 40]);
  assert.equal(most, 2);
});
