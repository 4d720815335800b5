import assert from "node:assert/strict";
import { DecisionSpace } from "../core/decisions/decision_space.ts";
import { execute, type Situation } from "./action_executor.ts";

const SPACE = new DecisionSpace({
  actions: ["flat", "long", "short"],
  sizes: [0.5, 1],
  stops: [null, 2],
  takes: null,
  scalars: ["exposure", "stop_distance", "cooldown_left"],
  cooldownBars: 3,
  stopCooldownBars: 3,
  turnoverPenalty: 0,
});
const LONG = {
  class: 1,
  exposure: 0.52,
  unrealisedPnl: 1,
  barsInTrade: 2,
  stopDistance: 1,
  takeDistance: null,
  cooldownLeft: 0,
};
const FLAT: Situation = { barMs: 77, target: 0, cooldownLeft: 0, atr: 1.5 };
const candidate = (label: string, candidates = SPACE.fresh) => {
  const found = candidates.find((each) => each.label === label);
  assert.ok(found, label);
  return found;
};

Deno.test("execute() orders what is chosen, named by its bar, with the stop in price units", () => {
  const entry = candidate("short 0.5, stop 2");
  assert.deepEqual(execute({ candidate: entry, reason: "Q is above" }, FLAT), {
    target: -0.5,
    order: { decidedAtMs: 77, target: -0.5, stopDistance: 3, takeDistance: null, isResize: false },
    verdict: { outcome: "ordered", reason: "Q is above" },
  });
});

Deno.test("execute() orders exits and resizes without a stop of their own", () => {
  const held = SPACE.candidates(LONG);
  const situation = { ...FLAT, target: 0.5 };
  const exit = execute({ candidate: candidate("flat", held), reason: "out" }, situation);
  assert.deepEqual(exit.order, {
    decidedAtMs: 77,
    target: 0,
    stopDistance: null,
    takeDistance: null,
    isResize: false,
  });
  const resize = execute({ candidate: candidate("long to 1", held), reason: "more" }, situation);
  assert.deepEqual([resize.target, resize.order?.target, resize.order?.isResize], [1, 1, true]);
  assert.deepEqual(resize.order?.stopDistance, null);
});

Deno.test("execute() orders nothing for a keep: no rebalancing of what has drifted", () => {
  const keep = candidate("keep long", SPACE.candidates(LONG));
  const { order, target, verdict } = execute({ candidate: keep, reason: "x" }, { ...FLAT, target: 0.5 });
  assert.deepEqual([order, target, verdict.outcome], [null, 0.5, "kept"]);
});

Deno.test("execute() without an answer keeps what is held: it never means position 0", () => {
  for (const target of [0, 1, -1]) {
    assert.deepEqual(execute({ candidate: null, reason: "the trainer is silent" }, { ...FLAT, target }), {
      target,
      order: null,
      verdict: { outcome: "refused", reason: "the trainer is silent" },
    });
  }
});

Deno.test("execute() refuses to enter in a cooldown, and says how long it lasts", () => {
  const entry = execute({ candidate: candidate("long 1, no stop"), reason: "x" }, {
    ...FLAT,
    cooldownLeft: 2,
  });
  assert.deepEqual([entry.order, entry.target, entry.verdict], [null, 0, {
    outcome: "refused",
    reason: "nothing may be entered for 2 more bars after an exit",
  }]);
  const wait = execute({ candidate: candidate("flat"), reason: "x" }, { ...FLAT, cooldownLeft: 1 });
  assert.deepEqual(wait.verdict, {
    outcome: "kept",
    reason: "nothing may be entered for 1 more bar after an exit",
  });
});

Deno.test("execute() refuses a stop without an average true range", () => {
  const entry = candidate("long 1, stop 2");
  assert.throws(() => execute({ candidate: entry, reason: "x" }, { ...FLAT, atr: null }), {
    name: "RangeError",
    message: "Cannot order long 1, stop 2 as the average true range must be positive: it is null",
  });
});
