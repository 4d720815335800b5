import assert from "node:assert/strict";
import { Slots } from "./slots.ts";

Deno.test("Slots lets at most so many run at once, in the order in which they came, also after failures", async () => {
  const slots = new Slots(2);
  const started: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const runs = ends.map(({ promise }, index) =>
    slots.run(() => {
      started.push(index);
      return promise;
    }).catch((cause) => cause.message)
  );
  const settled = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    return [...started];
  };
  assert.deepEqual(await settled(), [0, 1]);
  ends[1].resolve(1);
  assert.deepEqual(await settled(), [0, 1, 2]);
  ends[0].reject(new Error("failed"));
  assert.deepEqual(await settled(), [0, 1, 2, 3]);
  for (const { resolve } of ends) resolve(9);
  assert.deepEqual(await Promise.all(runs), ["failed", 1, 9, 9, 9]);
  assert.deepEqual(await settled(), [0, 1, 2, 3, 4]);
});
