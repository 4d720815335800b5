import assert from "node:assert/strict";
import { type Afterstate, SCALARS, scalarsOf } from "./scalars.ts";

const AFTER: Afterstate = {
  exposure: -0.5,
  unrealisedPnl: -6,
  barsInTrade: 64,
  stopDistance: 2,
  takeDistance: null,
  cooldownShare: 0.25,
};

Deno.test("scalarsOf() scales by hand: sizes without a sign, sigmas over 4, ages by their logarithm, exits by their nearness", () => {
  assert.deepEqual(scalarsOf(SCALARS, AFTER), Float32Array.of(0.5, -1.5, 1, Math.exp(-1), 0, 0.25));
  assert.deepEqual(scalarsOf(["stop_distance", "exposure"], AFTER), Float32Array.of(Math.exp(-1), 0.5));
  assert.deepEqual(scalarsOf([], AFTER), new Float32Array(0));
});

Deno.test("scalarsOf() bounds what could run away: profits beyond 8 sigmas, and exposures of a short that has drifted", () => {
  const [pnl] = scalarsOf(["unrealised_pnl"], { ...AFTER, unrealisedPnl: 50 });
  assert.equal(pnl, 2);
  const [exposure] = scalarsOf(["exposure"], { ...AFTER, exposure: -100 });
  assert.equal(exposure, 3);
  const [nearness] = scalarsOf(["stop_distance"], { ...AFTER, stopDistance: 0 });
  assert.equal(nearness, 1);
});
