import assert from "node:assert/strict";
import fc from "fast-check";
import { Norm, normBarsNeeded, normRange, startScaler } from "./feature_scaling.ts";

const EVERY_NORM = [
  { kind: "rolling_z", window: 20 },
  { kind: "running_z", half_life: 2, clip: 3 },
  { kind: "min_max", window: 20 },
  { kind: "min_max", window: 20, clip: 0.5 },
  { kind: "rank", window: 20 },
  { kind: "rank", window: 20, clip: 0.9 },
  { kind: "log_return", bars: 3, scale: 0.1 },
  { kind: "tanh", scale: 2, clip: 0.8 },
  { kind: "none", clip: 7 },
].map((norm) => Norm.parse(norm));

const normOf = (norm: object) => Norm.parse(norm);
const scaleAll = (norm: Norm, values: readonly number[]) => {
  const scaler = startScaler(norm);
  return values.map((value) => scaler.push(value));
};
const last = (norm: object, values: readonly number[]) => scaleAll(normOf(norm), values).at(-1);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

Deno.test("startScaler() min_max maps the window's lowest to −1, its highest to 1, and a flat one to 0", () => {
  const norm = { kind: "min_max", window: 20 };
  assert.equal(last(norm, upTo(20)), 1);
  assert.equal(last(norm, upTo(20).reverse()), -1);
  assert.equal(last(norm, [...upTo(19), 4.5]), -0.5);
  assert.equal(last(norm, Array(25).fill(0.1)), 0);
  assert.equal(last(norm, [...Array(20).fill(-1e308), 1e308]), 1);
});

Deno.test("startScaler() rank is the share below less the share above; equal values are neither", () => {
  const norm = { kind: "rank", window: 21 };
  assert.equal(last(norm, upTo(21)), 1);
  assert.equal(last(norm, upTo(21).map((value) => -(value ** 3))), -1);
  assert.equal(last(norm, [...upTo(20), 9.5]), 0);
  assert.equal(last(norm, Array(30).fill(3)), 0);
  assert.equal(last({ ...norm, clip: 0.9 }, upTo(21)), 0.9);
});

Deno.test("startScaler() log_return is the log of the quotient in scales, and 0 from or to 0", () => {
  const norm = { kind: "log_return", bars: 2, scale: 0.5 };
  assert.deepEqual(scaleAll(normOf(norm), [1, 5, Math.E]), [undefined, undefined, 2]);
  assert.equal(last(norm, [1, 5, 0]), 0);
  assert.equal(last(norm, [0, 5, 1]), 0);
  assert.equal(last(norm, [1e-300, 5, 1e300]), 5);
});

Deno.test("startScaler() running_z weighs values by half-lives, the first with what is left over", () => {
  const norm = normOf({ kind: "running_z", half_life: 3 });
  const values = Array.from({ length: normBarsNeeded(norm) }, (_, index) => Math.sin(index) + index / 50);
  const keep = 2 ** (-1 / 3);
  const age = (index: number) => values.length - 1 - index;
  const weights = values.map((_, index) => keep ** age(index) * (index === 0 ? 1 : 1 - keep));
  const mean = values.reduce((sum, value, index) => sum + value * weights[index]!, 0);
  const variance = values.reduce((sum, value, index) => sum + weights[index]! * (value - mean) ** 2, 0);
  const expected = (values.at(-1)! - mean) / Math.sqrt(variance);
  const scaled = scaleAll(norm, values);
  assert.ok(Math.abs(scaled.at(-1)! - expected) < 1e-12, `${scaled.at(-1)} and ${expected}`);
  assert.equal(scaled.filter((value) => value !== undefined).length, 1);
});

Deno.test("startScaler() running_z is 0 at any still level, and recovers from a value without a square", () => {
  const norm = { kind: "running_z", half_life: 2 };
  assert.equal(last(norm, Array(100).fill(0.1)), 0);
  const moving = upTo(60).map((value) => value % 2);
  assert.ok(Math.abs(last(norm, [...moving, 1e300, ...moving, ...moving])!) < 2);
});

const dirt = fc.array(
  fc.oneof(
    fc.double({ min: -1e308, max: 1e308, noNaN: true }),
    fc.constantFrom(0, -0, 1, 100, 1e-308, 1e15),
    fc.double({ min: 99, max: 101, noNaN: true }),
  ),
  { minLength: 1, maxLength: 150 },
);

for (const norm of EVERY_NORM) {
  const name = JSON.stringify(norm);

  Deno.test(`startScaler() ${name} stays finite, in its range and in the past on any dirt`, () => {
    const [low, high] = normRange(norm, [-Infinity, Infinity]);
    fc.assert(
      fc.property(dirt, dirt, (values, later) => {
        const scaled = scaleAll(norm, values);
        scaled.forEach((value, index) => {
          assert.equal(value === undefined, index + 1 < normBarsNeeded(norm));
          if (value !== undefined) assert.ok(value >= low && value <= high, `${value}`);
        });
        assert.deepEqual(scaleAll(norm, [...values, ...later]).slice(0, values.length), scaled);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  Deno.test(`startScaler() ${name} goes on from a snapshot with the same bits`, () => {
    fc.assert(
      fc.property(dirt, dirt, (before, after) => {
        const scaler = startScaler(norm);
        for (const value of before) scaler.push(value);
        const kept: number[] = [];
        scaler.snapshot((value) => kept.push(value));
        const restored = startScaler(norm);
        restored.restore(() => kept.shift()!);
        assert.equal(kept.length, 0);
        for (const value of after) assert.ok(Object.is(restored.push(value), scaler.push(value)));
      }),
      { seed: 6, numRuns: 40 },
    );
  });
}
