import assert from "node:assert/strict";
import { bootstrapParts } from "./bootstrap_parts.ts";

const times = (bars: number) => Array.from({ length: bars }, (_, day) => 10 * day);
/** Bars, updates, and whether it is judged. */
function sizesOf(bars: number, updates: number, isCounterfactual: boolean) {
  let before = -1;
  return bootstrapParts(times(bars), updates, isCounterfactual).map(({ throughMs, updates, isJudged }) => {
    const count = times(bars).filter((timeMs) => timeMs > before && timeMs <= throughMs).length;
    before = throughMs;
    return [count, updates, isJudged];
  });
}

Deno.test("bootstrapParts() walk through the last quarter in four steps, each judged before it is learned", () => {
  assert.deepEqual(sizesOf(100, 3_000, true), [
    [75, 1_500, false],
    [6, 375, true],
    [7, 375, true],
    [6, 375, true],
    [6, 375, true],
  ]);
  const [first, ...judged] = sizesOf(23, 3, true);
  assert.deepEqual([first, judged.length], [[18, 2, false], 4]);
});

Deno.test("bootstrapParts() of a led lane learn in small parts, the updates spread evenly", () => {
  assert.deepEqual(sizesOf(100, 1_000, false), [
    [32, 320, false],
    [32, 320, false],
    [32, 320, false],
    [4, 40, true],
  ]);
});

Deno.test("bootstrapParts() lose no bar and no update", () => {
  for (const bars of [20, 31, 64, 257]) {
    for (const isCounterfactual of [true, false]) {
      const sizes = sizesOf(bars, 997, isCounterfactual);
      assert.equal(sizes.reduce((sum, [count]) => sum + Number(count), 0), bars);
      assert.equal(sizes.reduce((sum, [, updates]) => sum + Number(updates), 0), 997);
    }
  }
});
