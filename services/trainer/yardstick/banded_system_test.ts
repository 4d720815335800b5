import assert from "node:assert/strict";
import { solveBanded } from "./banded_system.ts";

Deno.test("solveBanded() solves by hand, and refuses what is singular", () => {
  // 2x + y = 4, x + 3y + z = 10, y + 4z = 14
  const matrix = () => [Float64Array.of(2, 1, 0), Float64Array.of(1, 3, 1), Float64Array.of(0, 1, 4)];
  const solution = solveBanded(matrix(), Float64Array.of(4, 10, 14));
  [1, 2, 3].forEach((value, index) => assert.ok(Math.abs(solution[index] - value) < 1e-12, `${solution}`));
  assert.throws(() => solveBanded([Float64Array.of(1, 1), Float64Array.of(1, 1)], Float64Array.of(1, 2)), {
    name: "RangeError",
    message: "Cannot solve the equations as no pivot may vanish: number 1 is 0",
  });
});
