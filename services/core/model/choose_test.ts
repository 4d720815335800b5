import assert from "node:assert/strict";
import fc from "fast-check";
import { choose, NotFiniteError } from "./choose.ts";

Deno.test("choose() takes the best value net of its cost, by hand", () => {
  assert.deepEqual(choose([0.5, 2, 1.5], [0, 1, 0.25], 0), {
    q: [0.5, 1, 1.25],
    costs: [0, 1, 0.25],
    action: 2,
  });
});

Deno.test("choose() keeps what is held on a tie, then takes the first", () => {
  assert.equal(choose([1, 1, 1], [0, 0, 0], 2).action, 2);
  assert.equal(choose([2, 2, 1], [0, 0, 0], 2).action, 0);
});

Deno.test("choose() ignores outputs beyond the choices, which belong to other heads", () => {
  assert.equal(choose([1, 2, 99], [0, 0], 0).action, 1);
});

Deno.test("choose() refuses values and costs that are no finite numbers, naming the first", () => {
  for (const [values, costs] of [[[1, NaN], [0, 0]], [[1, 2], [0, Infinity]], [[1], [0, 0]]]) {
    assert.throws(() => choose(values, costs, 0), (error) => {
      assert.ok(error instanceof NotFiniteError);
      assert.match(error.message, /^Cannot choose as every Q must be finite: value 1 has /);
      return true;
    });
  }
});

Deno.test("choose() takes the best, and keeps what is held unless something is better", () => {
  const number = fc.double({ noNaN: true, min: -10, max: 10 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      (heads, pick) => {
        const held = pick % heads.length;
        const { q, action } = choose(heads.map(([value]) => value), heads.map(([, cost]) => cost), held);
        assert.equal(q[action], Math.max(...q));
        if (q[held] === q[action]) assert.equal(action, held);
      },
    ),
  );
});
