import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRandom } from "./seeded_random.ts";

const draw = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.bits());

Deno.test("SeededRandom.bits() is the published xoshiro128** sequence", () => {
  // Outputs of the authors' C code, version 1.1, from the state 1, 2, 3, 4.
  const published = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597];
  assert.deepEqual(draw(SeededRandom.fromState([1, 2, 3, 4]), published.length), published);
});

Deno.test("SeededRandom repeats itself for the same name, and for no other", () => {
  const name = fc.array(fc.nat(Number.MAX_SAFE_INTEGER), { minLength: 4, maxLength: 4 });
  fc.assert(fc.property(name, name, (one, other) => {
    assert.deepEqual(draw(new SeededRandom(...one), 8), draw(new SeededRandom(...one), 8));
    fc.pre(one.some((word, index) => word !== other[index]));
    assert.notDeepEqual(draw(new SeededRandom(...one), 8), draw(new SeededRandom(...other), 8));
  }));
});

Deno.test("SeededRandom tells seeds beyond 32 bits apart", () => {
  assert.notDeepEqual(draw(new SeededRandom(7), 4), draw(new SeededRandom(7 + 2 ** 32), 4));
});

Deno.test("SeededRandom.normal() has mean 0, sd 1, no skew, kurtosis 3 and no memory", () => {
  const random = new SeededRandom(2026);
  const n = 200_000;
  const values = Array.from({ length: n }, () => random.normal());
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / n;
  // Five standard errors of each.
  assert.ok(Math.abs(moment(1)) < 5 / Math.sqrt(n));
  assert.ok(Math.abs(moment(2) - 1) < 5 * Math.sqrt(2 / n));
  assert.ok(Math.abs(moment(3)) < 5 * Math.sqrt(15 / n));
  assert.ok(Math.abs(moment(4) - 3) < 5 * Math.sqrt(96 / n));
  const lagged = values.reduce((sum, value, index) => sum + value * (values[index - 1] ?? 0), 0) / n;
  assert.ok(Math.abs(lagged) < 5 / Math.sqrt(n));
});

Deno.test("SeededRandom.uniform() fills [0, 1) evenly", () => {
  const random = new SeededRandom(1);
  const counts = new Float64Array(64);
  for (let draws = 0; draws < 64_000; draws++) counts[Math.floor(random.uniform() * 64)]++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
  // 63 degrees of freedom: mean 63, sd 11.2.
  assert.ok(chiSquare > 20 && chiSquare < 120, `chi square ${chiSquare}`);
});
