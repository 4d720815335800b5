import assert from "node:assert/strict";
import { bootstrapParts } from "./bootstrap_parts.ts";
import { stepOf } from "./trainer_testing.ts";

const history = (bars: number, symbols = ["A"]) =>
  Array.from({ length: bars }, (_, day) => symbols.map((symbol) => stepOf(symbol, day))).flat();
const sizesOf = (parts: ReturnType<typeof bootstrapParts>) =>
  parts.map(({ experiences, updates, isJudged }) => [experiences.length, updates, isJudged]);

Deno.test("bootstrapParts() walk through the last quarter in four steps, each judged before it is learned", () => {
  assert.deepEqual(sizesOf(bootstrapParts(history(100), 3_000, true)), [
    [75, 1_500, false],
    [6, 375, true],
    [7, 375, true],
    [6, 375, true],
    [6, 375, true],
  ]);
  const [first, ...judged] = sizesOf(bootstrapParts(history(23), 3, true));
  assert.deepEqual([first, judged.length], [[18, 2, false], 4]);
});

Deno.test("bootstrapParts() keep the symbols of a bar together", () => {
  const [first, second] = bootstrapParts(history(12, ["A", "B", "C"]), 10, true);
  assert.deepEqual([first.experiences.length, second.experiences.length], [27, 3]);
  assert.notEqual(first.experiences.at(-1)!.barMs, second.experiences[0].barMs);
});

Deno.test("bootstrapParts() of a led lane learn in small parts, the updates spread evenly", () => {
  const parts = bootstrapParts(history(100), 1_000, false);
  assert.deepEqual(sizesOf(parts), [[32, 320, false], [32, 320, false], [32, 320, false], [4, 40, true]]);
});

Deno.test("bootstrapParts() lose no experience and no update", () => {
  for (const bars of [20, 31, 64, 257]) {
    for (const isCounterfactual of [true, false]) {
      const steps = history(bars, ["A", "B"]);
      const parts = bootstrapParts(steps, 997, isCounterfactual);
      assert.deepEqual(parts.flatMap(({ experiences }) => experiences), steps);
      assert.equal(parts.reduce((sum, { updates }) => sum + updates, 0), 997);
    }
  }
});
