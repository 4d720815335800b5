import assert from "node:assert/strict";
import { FREE } from "../account/account_testing.ts";
import { orderOf } from "./candidate.ts";
import { LONG_HELD, spaceWith } from "./decisions_testing.ts";

const labelled = (label: string) =>
  [...spaceWith().fresh, ...spaceWith().candidates(LONG_HELD)].find((each) => each.label === label)!;

Deno.test("orderOf() freezes stop and take in price units", () => {
  assert.deepEqual(
    orderOf(labelled("short 0.5, stop 2, take 6"), { barMs: 9, close: 100, atr: 1.25 }, FREE),
    {
      decidedAtMs: 9,
      target: -0.5,
      stopDistance: 2.5,
      takeDistance: 7.5,
      isResize: false,
      isTrailing: false,
      limitPrice: null,
    },
  );
});

Deno.test("orderOf() of an exit or a resize places nothing, and a keep orders nothing", () => {
  const bar = { barMs: 9, close: 100, atr: null };
  const exit = orderOf(labelled("flat"), bar, FREE);
  assert.deepEqual([exit, orderOf(labelled("keep long"), bar, FREE)], [null, null]);
  assert.deepEqual(orderOf(labelled("long to 1"), bar, FREE), {
    decidedAtMs: 9,
    target: 1,
    stopDistance: null,
    takeDistance: null,
    isResize: true,
    isTrailing: false,
    limitPrice: null,
  });
});

Deno.test("orderOf() refuses to place a stop by no range", () => {
  for (const atr of [null, 0]) {
    assert.throws(() => orderOf(labelled("long 1, stop 4, no take"), { barMs: 9, close: 100, atr }, FREE), {
      name: "RangeError",
      message:
        `Cannot order long 1, stop 4, no take as the average true range must be positive: it is ${atr}`,
    });
  }
});

Deno.test("orderOf() lets an entry by a limit rest at the close, and nothing else", () => {
  const limit = (label: string) =>
    orderOf(labelled(label), { barMs: 9, close: 101.5, atr: 1 }, { entry: "limit" });
  assert.equal(limit("short 0.5, stop 2, take 6")?.limitPrice, 101.5);
  const exit = spaceWith().candidates(LONG_HELD).find(({ action }) => action === "flat")!;
  const left = orderOf(exit, { barMs: 9, close: 101.5, atr: 1 }, { entry: "limit" });
  assert.deepEqual([left?.limitPrice, limit("long to 1")?.limitPrice, limit("keep long")], [
    null,
    null,
    null,
  ]);
});
