import assert from "node:assert/strict";
import fc from "fast-check";
import { FREE } from "../account/account_testing.ts";
import type { Point } from "./candidate.ts";
import { MOST_CANDIDATES } from "./decision_space.ts";
import { FLAT_HELD, LONG_HELD, plainSpace, spaceWith } from "./decisions_testing.ts";

const labels = (candidates: readonly { readonly label: string }[]) => candidates.map(({ label }) => label);
const RULES = { ...FREE, takerBps: 3, halfSpreadBps: 1 };
const MARKET = { close: 100, volume: 1, atr: null };
const close = (a: ArrayLike<number>, b: readonly number[]) =>
  Array.from(a).forEach((value, index) =>
    assert.ok(Math.abs(value - b[index]) < 1e-6, `${[...Array.from(a)]}`)
  );

Deno.test("DecisionSpace of the action head alone has one candidate a value, whose keep is the value that is held", () => {
  const space = plainSpace();
  assert.deepEqual(labels(space.fresh), ["flat", "long", "short"]);
  const held = space.candidates({ ...FLAT_HELD, class: 2, exposure: -1.7 });
  assert.deepEqual(labels(held), ["flat", "long", "short"]);
  assert.deepEqual(held.map(({ isKeep }) => isKeep), [false, false, true]);
  assert.deepEqual(held.map(({ point }) => point), space.fresh.map(({ point }) => point));
  assert.ok(held.every(({ point }, index) => point === space.fresh[index].point));
});

Deno.test("DecisionSpace lists 55 fresh candidates of three values a head, each once", () => {
  const { fresh } = spaceWith();
  assert.equal(fresh.length, 55);
  assert.equal(new Set(labels(fresh)).size, 55);
  assert.equal(fresh[0].isKeep, true);
  const [first] = fresh.filter(({ action, stop, take }) => action === "short" && stop === 4 && take === 3);
  assert.deepEqual([first.label, first.exposure], ["short 0.25, stop 4, take 3", -0.25]);
  assert.deepEqual(first.choices, { action: 2, size: 0, stop: 2, take: 1 });
});

Deno.test("DecisionSpace offers what is held as a keep, and its resizes to every size but the nearest", () => {
  const candidates = spaceWith().candidates(LONG_HELD);
  assert.deepEqual(labels(candidates.slice(0, 4)), ["flat", "keep long", "long to 0.25", "long to 1"]);
  assert.equal(candidates.length, 1 + 3 + 27);
  assert.ok(
    candidates.slice(4).every(({ action, isKeep, isResize }) => action === "short" && !isKeep && !isResize),
  );
  const [, keep, smaller] = candidates;
  assert.deepEqual([keep.size, keep.exposure, keep.isKeep], [0.5, 0.55, true]);
  assert.deepEqual([smaller.size, smaller.exposure, smaller.isResize], [0.25, 0.25, true]);
  assert.deepEqual(keep.choices, { action: 1, size: 1, stop: null, take: null });
});

Deno.test("DecisionSpace plans the account after each decision", () => {
  const [flat, keep, smaller, larger] = spaceWith().candidates(LONG_HELD);
  const age = Math.log(4) / Math.log(65);
  const stop = Math.exp(-0.5);
  close(flat.point.scalars, [0, 0, 0, 0, 0, 0.5]);
  close(keep.point.scalars, [0.55, 0.5, age, stop, 0, 0]);
  close(smaller.point.scalars, [0.25, 0.5, age, stop, 0, 0]);
  // Adding averages the entry: 2 × 0.55 / 1 sigmas are left.
  close(larger.point.scalars, [1, 0.275, age, stop, 0, 0]);
  const entry = spaceWith().fresh.find(({ label }) => label === "long 1, stop 2, take 6")!;
  close(entry.point.scalars, [1, 0, 0, Math.exp(-1), Math.exp(-3), 0]);
});

Deno.test("DecisionSpace shares the points of flat and of fresh entries, whatever is held", () => {
  const space = spaceWith();
  const points = (candidates: readonly { readonly point: Point }[]) => candidates.map(({ point }) => point);
  const shared = new Set(points(space.fresh));
  assert.equal(shared.size, 55);
  const [first, again] = [LONG_HELD, { ...LONG_HELD, exposure: 0.2 }].map((held) => space.candidates(held));
  assert.equal(first[0].point, again[0].point, "both exits");
  for (const candidates of [first, again]) {
    const own = points(candidates).filter((point) => !shared.has(point));
    assert.equal(own.length, 4, "the exit into a cooldown, the keep, two resizes");
  }
  assert.notEqual(first[1].point, again[1].point, "keeps are their own");
  assert.equal(space.candidates(FLAT_HELD), space.fresh);
});

Deno.test("DecisionSpace shares the point of entries that the configured scalars cannot tell apart", () => {
  const space = spaceWith({ sizes: null, scalars: ["stop_distance"], cooldownBars: 0, stopCooldownBars: 0 });
  assert.equal(space.fresh.length, 19);
  assert.equal(new Set(space.fresh.map(({ point }) => point)).size, 1 + 2 * 3);
});

Deno.test("DecisionSpace lets a cooldown do nothing but wait, and counts it in the point", () => {
  const space = spaceWith();
  const [wait, ...others] = space.candidates({ ...FLAT_HELD, cooldownLeft: 3 });
  assert.deepEqual([others.length, wait.label, wait.isKeep], [0, "flat", true]);
  assert.equal(wait.point, space.flatPoint(2));
  close(wait.point.scalars, [0, 0, 0, 0, 0, 0.5]);
  const [last] = space.candidates({ ...FLAT_HELD, cooldownLeft: 1 });
  assert.equal(last.point, space.fresh[0].point, "it is over by the next decision");
  const [longer] = space.candidates({ ...FLAT_HELD, cooldownLeft: 90 });
  assert.equal(longer.point, space.flatPoint(4), "the rules were changed meanwhile");
  assert.throws(() => space.flatPoint(5), {
    name: "RangeError",
    message: /cooldown must be 0 to 4: it is 5/,
  });
});

Deno.test("DecisionSpace enters and resizes by no value that is masked", () => {
  const space = spaceWith();
  const heads = space.headValues(
    space.candidates(LONG_HELD),
    Array.from({ length: 31 }, (_, index) => index),
  );
  assert.deepEqual(heads.action, [0, 3, 30]);
  assert.deepEqual(heads.size, [12, 21, 30]);
  const flat = space.headValues([space.candidates({ ...FLAT_HELD, cooldownLeft: 2 })[0]], [7]);
  assert.deepEqual(flat, {
    action: [7, null, null],
    size: [null, null, null],
    stop: [null, null, null],
    take: [null, null, null],
  });
  assert.deepEqual(Object.keys(plainSpace().headValues([], [])), ["action"]);
});

Deno.test("DecisionSpace counts costs by what is traded, and the penalty on turnover beside them", () => {
  const space = spaceWith({ turnoverPenalty: 0.1 });
  const candidates = space.candidates(LONG_HELD);
  const costs = space.costs(LONG_HELD, candidates, RULES, MARKET, 0.02);
  const of = (label: string) => costs[labels(candidates).indexOf(label)];
  close([of("flat"), of("keep long"), of("long to 1"), of("short 0.5, no stop, no take")], [
    0.55 * (0.02 + 0.1),
    0,
    0.45 * (0.02 + 0.1),
    1.05 * (0.02 + 0.1),
  ]);
});

Deno.test("DecisionSpace counts a position as all in where the network does not see its exposure", () => {
  const space = plainSpace();
  const held = { ...FLAT_HELD, class: 2, exposure: -1.7 };
  assert.deepEqual(space.costs(held, space.candidates(held), RULES, MARKET, 1), [4e-4, 8e-4, 0]);
  assert.equal(space.targetOf(held), -1);
  assert.equal(spaceWith().targetOf({ class: 2, exposure: -0.7 }), -0.5);
});

Deno.test("DecisionSpace.accountRow() tells the account before the decision: side, then scalars", () => {
  const space = spaceWith();
  close(space.accountRow(LONG_HELD), [1, 0.55, 0.5, Math.log(4) / Math.log(65), Math.exp(-0.5), 0, 0]);
  close(space.accountRow({ ...FLAT_HELD, cooldownLeft: 3 }), [0, 0, 0, 0, 0, 0, 0.75]);
  close(plainSpace().accountRow({ ...FLAT_HELD, class: 2, exposure: -1 }), [-1]);
});

Deno.test("DecisionSpace refuses more candidates than a batch holds, empty heads and actions without a way out", () => {
  const sizes = Array.from({ length: 14 }, (_, index) => (index + 1) / 14);
  assert.throws(() => spaceWith({ sizes }), {
    name: "RangeError",
    message: `Cannot list decisions as an account may have at most ${MOST_CANDIDATES}: it has ${
      1 + 252 + 15
    }`,
  });
  assert.throws(() => spaceWith({ stops: [] }), /head stop must have a value: it has none/);
  assert.throws(
    () => plainSpace({ actions: ["long", "short"] }),
    /an action must be flat: they are long, short/,
  );
});

Deno.test("DecisionSpace always has one keep, which costs nothing, among unique candidates", () => {
  const held = fc.record({
    class: fc.nat(2),
    size: fc.double({ min: 0.01, max: 3, noNaN: true }),
    unrealisedPnl: fc.double({ min: -20, max: 20, noNaN: true }),
    barsInTrade: fc.integer({ min: 1, max: 500 }),
    stopDistance: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: null }),
    takeDistance: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: null }),
    cooldownLeft: fc.nat(4),
  });
  fc.assert(fc.property(held, fc.boolean(), ({ size, ...rest }, isPlain) => {
    const space = isPlain ? plainSpace() : spaceWith();
    const side = space.sides[rest.class];
    const before = side === 0
      ? { ...FLAT_HELD, cooldownLeft: isPlain ? 0 : rest.cooldownLeft }
      : { ...rest, exposure: side * size, cooldownLeft: 0 };
    const candidates = space.candidates(before);
    const costs = space.costs(before, candidates, RULES, MARKET, 0.01);
    const keeps = candidates.flatMap(({ isKeep }, index) => isKeep ? [costs[index]] : []);
    assert.deepEqual(keeps, [0]);
    assert.equal(new Set(labels(candidates)).size, candidates.length);
    for (const { point } of candidates) {
      assert.equal(point.scalars.length, space.scalarNames.length);
      assert.ok(point.scalars.every((value) => Math.abs(value) <= 3));
    }
  }));
});
