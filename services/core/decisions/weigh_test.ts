import assert from "node:assert/strict";
import { FLAT_HELD, LONG_HELD, plainSpace, spaceWith } from "./decisions_testing.ts";
import { actionCosts, optionOf, weighAfterstates, weighBranches, withChoice } from "./weigh.ts";

Deno.test("weighAfterstates() takes the best net of cost, names the next one, and tells each head's best", () => {
  const space = plainSpace();
  const weighing = weighAfterstates(space, space.fresh, [1, 3, 2.5], [0, 1, 0.25]);
  assert.deepEqual([weighing.q, weighing.chosen, weighing.runnerUp], [[1, 2, 2.25], 2, 1]);
  assert.deepEqual(weighing.heads, { action: [1, 2, 2.25] });
  assert.deepEqual(optionOf(weighing, 2), { label: "short", class: 2, scalars: [], q: 2.25, cost: 0.25 });
});

Deno.test("weighAfterstates() keeps on a tie, and takes the first of equal runners-up", () => {
  const space = plainSpace();
  const held = space.candidates({ ...FLAT_HELD, class: 1, exposure: 1 });
  const weighing = weighAfterstates(space, held, [2, 2, 2], [0, 0, 0]);
  assert.deepEqual([weighing.chosen, weighing.runnerUp], [1, 0]);
});

Deno.test("weighAfterstates() has no runner-up where nothing else can be done", () => {
  const space = spaceWith();
  const waiting = space.candidates({ ...FLAT_HELD, cooldownLeft: 2 });
  const weighing = weighAfterstates(space, waiting, [0.5], [0]);
  assert.deepEqual([weighing.chosen, weighing.runnerUp], [0, null]);
  assert.deepEqual(actionCosts(weighing, 3), [0, null, null]);
});

Deno.test("weighAfterstates() refuses a value that is no number", () => {
  const space = plainSpace();
  assert.throws(() => weighAfterstates(space, space.fresh, [1, NaN, 2], [0, 0, 0]), {
    name: "NotFiniteError",
  });
});

Deno.test("actionCosts() tells what the best choice with each action costs", () => {
  const space = spaceWith();
  const candidates = space.candidates(LONG_HELD);
  const values = candidates.map((_, index) => index);
  const costs = candidates.map((_, index) => index / 100);
  assert.deepEqual(actionCosts(weighAfterstates(space, candidates, values, costs), 3), [0, 0.03, 0.3]);
});

const BRANCHES = { action: [1, 3, 2], size: [0.5, 0.1, 0.2], stop: [0, 9, 1], take: [5, 0, 0] };

Deno.test("weighBranches() takes the best action, then the best of every other branch", () => {
  const space = spaceWith();
  const weighing = weighBranches(space, space.fresh, BRANCHES);
  assert.equal(space.fresh[weighing.chosen].label, "long 0.25, stop 2, no take");
  assert.equal(space.fresh[weighing.runnerUp!].action, "short");
  assert.deepEqual([weighing.q[weighing.chosen], weighing.q[weighing.runnerUp!]], [3, 2]);
  assert.deepEqual(weighing.heads, BRANCHES);
  assert.deepEqual(actionCosts(weighing, 3), [0, 0, 0]);
});

Deno.test("weighBranches() chooses among what can be done alone: masked values are null", () => {
  const space = spaceWith();
  const candidates = space.candidates(LONG_HELD);
  const weighing = weighBranches(space, candidates, { ...BRANCHES, size: [0.5, 0.1, 0.6] });
  assert.equal(candidates[weighing.chosen].label, "long to 1");
  const waiting = space.candidates({ ...FLAT_HELD, cooldownLeft: 2 });
  const forced = weighBranches(space, waiting, BRANCHES);
  assert.deepEqual([forced.chosen, forced.runnerUp], [0, null]);
  assert.deepEqual(forced.heads.action, [1, null, null]);
  assert.deepEqual(forced.heads.stop, [null, null, null]);
});

Deno.test("weighBranches() keeps on a tie", () => {
  const space = plainSpace();
  const held = space.candidates({ ...FLAT_HELD, class: 2, exposure: -1 });
  assert.equal(weighBranches(space, held, { action: [1, 1, 1] }).chosen, 2);
});

Deno.test("weighBranches() refuses outputs that are no numbers, or are not there", () => {
  const space = spaceWith();
  const refused = (changes: Partial<typeof BRANCHES>, message: RegExp) =>
    assert.throws(() => weighBranches(space, space.fresh, { ...BRANCHES, ...changes }), {
      name: "NotFiniteError",
      message,
    });
  refused({ stop: [0, NaN, 1] }, /every Q must be finite: stop 1 is not/);
  refused({ take: [1] }, /take 1 is not/);
});

Deno.test("withChoice() does something else, and what would have been best is the runner-up", () => {
  const space = plainSpace();
  const weighing = withChoice(weighAfterstates(space, space.fresh, [1, 3, 2], [0, 0, 0]), 0);
  assert.deepEqual([weighing.chosen, weighing.runnerUp], [0, 1]);
});
