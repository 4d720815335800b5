import assert from "node:assert/strict";
import { epsilonAfter, updatesAfter } from "./pace.ts";

Deno.test("updatesAfter() stays, or falls by counts of steps down to its floor, by hand", () => {
  const still = { updates_per_bar: 4, updates_per_bar_decay: { kind: "none" } } as const;
  assert.deepEqual([0, 100, 1e6].map((seen) => updatesAfter(still, seen)), [4, 4, 4]);
  const falling = {
    updates_per_bar: 8,
    updates_per_bar_decay: { kind: "harmonic", halving: 500, floor: 1 },
  } as const;
  assert.deepEqual([0, 500, 1_500, 3_500, 1e6].map((seen) => updatesAfter(falling, seen)), [8, 4, 2, 1, 1]);
});

Deno.test("epsilonAfter() stays, or falls by counts of steps down to its floor, by hand", () => {
  const still = { epsilon: 0.1, epsilon_decay: { kind: "none" } } as const;
  assert.deepEqual([0, 1e6].map((seen) => epsilonAfter(still, seen)), [0.1, 0.1]);
  const falling = { epsilon: 1, epsilon_decay: { kind: "harmonic", halving: 500, floor: 0.05 } } as const;
  assert.deepEqual([0, 500, 1_500, 1e6].map((seen) => epsilonAfter(falling, seen)), [1, 0.5, 0.25, 0.05]);
});
