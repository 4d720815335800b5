import assert from "node:assert/strict";
import { firstDifference } from "./first_difference.ts";

Deno.test("firstDifference() names the field and both values", () => {
  const expected = { a: 1, b: { c: [1, 2], state: Float32Array.of(1, 0) }, d: null };
  assert.equal(firstDifference(expected, structuredClone(expected)), null);
  const cases: [(value: typeof expected) => void, string, unknown, unknown][] = [
    [(value) => value.b.c[1] = 3, "b.c.1", 2, 3],
    [(value) => value.b.c.push(3), "b.c.2", undefined, 3],
    [(value) => value.b.c.pop(), "b.c.1", 2, undefined],
    [(value) => value.b.state[1] = -0, "b.state.1", 0, -0],
    [(value) => value.b.state[0] = NaN, "b.state.0", 1, NaN],
    [(value) => Object.assign(value, { d: {} }), "d", null, {}],
    [(value) => Object.assign(value, { e: 1 }), "e", undefined, 1],
  ];
  for (const [change, field, before, after] of cases) {
    const actual = structuredClone(expected);
    change(actual);
    assert.deepEqual(firstDifference(expected, actual), { field, expected: before, actual: after });
  }
  assert.deepEqual(firstDifference(undefined, { a: 1 }), {
    field: "",
    expected: undefined,
    actual: { a: 1 },
  });
});
