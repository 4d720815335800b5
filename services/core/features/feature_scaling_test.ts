import assert from "node:assert/strict";
import fc from "fast-check";
import { type Norm, normBarsNeeded, startScaler } from "./feature_scaling.ts";

const rollingZ = (window: number, clip = 5): Norm => ({ kind: "rolling_z", window, clip });
const scaleAll = (norm: Norm, values: readonly number[]) => {
  const scaler = startScaler(norm);
  return values.map((value) => scaler.push(value));
};

Deno.test("startScaler() rolling_z is the distance from the window's mean in its deviations", () => {
  const values = Array.from({ length: 20 }, (_, index) => index);
  // 0 … 19: mean 9.5, population deviation √33.25.
  const last = scaleAll(rollingZ(20), values).at(-1) ?? NaN;
  assert.ok(Math.abs(last - 9.5 / Math.sqrt(33.25)) < 1e-15);
});

Deno.test("startScaler() rolling_z has its first value when the window is full", () => {
  const scaled = scaleAll(rollingZ(20), Array.from({ length: 25 }, (_, index) => index));
  assert.equal(scaled.findIndex((value) => value !== undefined), normBarsNeeded(rollingZ(20)) - 1);
});

Deno.test("startScaler() rolling_z clips spikes on both sides", () => {
  const still = Array.from({ length: 50 }, (_, index) => index % 2);
  assert.equal(scaleAll(rollingZ(50, 3), [...still, 1e12]).at(-1), 3);
  assert.equal(scaleAll(rollingZ(50, 3), [...still, -1e12]).at(-1), -3);
});

Deno.test("startScaler() rolling_z is 0 while values stand still, at any level", () => {
  for (const level of [0, 0.1, -1e-300, 1e9 / 3]) {
    assert.equal(scaleAll(rollingZ(30), Array(40).fill(level)).at(-1), 0);
  }
});

Deno.test("startScaler() rolling_z depends on its window alone, bit for bit", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 20, maxLength: 20 }),
      fc.array(fc.double({ min: -1e15, max: 1e15, noNaN: true }), { maxLength: 60 }),
      (window, before) => {
        assert.equal(
          scaleAll(rollingZ(20), [...before, ...window]).at(-1),
          scaleAll(rollingZ(20), window).at(-1),
        );
      },
    ),
    { seed: 11 },
  );
});

Deno.test("startScaler() rolling_z keeps its digits on a small movement at a high level", () => {
  const low = Array.from({ length: 30 }, (_, index) => Math.sin(index));
  const high = low.map((value) => value + 1e6);
  const [a, b] = [scaleAll(rollingZ(30), low).at(-1) ?? NaN, scaleAll(rollingZ(30), high).at(-1) ?? NaN];
  assert.ok(Math.abs(a - b) < 1e-8, `${a} and ${b}`);
});

Deno.test("startScaler() tanh maps the centre to 0 and one scale to tanh(1); none changes nothing", () => {
  assert.deepEqual(scaleAll({ kind: "tanh", centre: 50, scale: 15 }, [50, 65, 35]), [
    0,
    Math.tanh(1),
    -Math.tanh(1),
  ]);
  assert.deepEqual(scaleAll({ kind: "none" }, [1, -2]), [1, -2]);
});
