import { deepEqual, equal } from "node:assert/strict";
import { smoothed } from "./smoothing.ts";

Deno.test("smoothed() begins with the first value and moves by 2 / (span + 1) of the way", () => {
  deepEqual(smoothed([4, 8, 8], 3), [4, 6, 7]);
  deepEqual(smoothed([4, 8, 2], 1), [4, 8, 2]);
});

Deno.test("smoothed() passes over what is no number", () => {
  deepEqual(smoothed([NaN, 4, NaN, 8], 3), [null, 4, 4, 6]);
  equal(smoothed([], 3).length, 0);
});
