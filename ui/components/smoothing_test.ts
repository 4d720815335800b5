import { deepEqual, equal } from "node:assert/strict";
import { smoothed } from "./smoothing.ts";

const shown = (values: (number | null)[]) => values.map((value) => value && Number(value.toFixed(3)));

Deno.test("smoothed() begins with the first value and goes 86 % of the way over its span", () => {
  deepEqual(shown(smoothed([4, 8, 8], [0, 100, 200], 100)), [4, 7.459, 7.927]);
});

Deno.test("smoothed() follows values far apart, and averages neighbours", () => {
  deepEqual(shown(smoothed([4, 8], [0, 1_000], 100)), [4, 8]);
  deepEqual(shown(smoothed([4, 8], [0, 1], 100)), [4, 4.079]);
});

Deno.test("smoothed() passes over what is no number", () => {
  deepEqual(shown(smoothed([NaN, 4, NaN, 8], [0, 50, 75, 100], 50)), [null, 4, 4, 7.459]);
  equal(smoothed([], [], 3).length, 0);
});
