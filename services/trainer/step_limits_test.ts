import assert from "node:assert/strict";
import type { DecisionSpaceParts } from "../core/decisions/decision_space.ts";
import { stepLimits } from "./step_limits.ts";
import { spaceOf } from "./trainer_testing.ts";

const ACTIONS = ["flat", "long", "short"] as const;

Deno.test("stepLimits() of a position alone are its classes, without virtual trades", () => {
  assert.deepEqual(stepLimits(spaceOf({ actions: ACTIONS }), 4, 0), {
    entries: 2,
    virtualTrades: 0,
    afterstates: 3,
    points: 3,
    candidates: 3,
  });
});

Deno.test("stepLimits() make room for every entry's keep and resizes, for cooldowns and virtual trades", () => {
  const space = spaceOf({
    actions: ACTIONS,
    sizes: [0.5, 1],
    stops: [null, 2],
    scalars: ["exposure", "stop_distance", "cooldown_left"],
    stopCooldownBars: 3,
  });
  assert.deepEqual(stepLimits(space, 4, 3), {
    entries: 8,
    virtualTrades: 4,
    afterstates: 4 + 8 + 4,
    points: 4 + 8 + 2 * (8 + 4),
    candidates: 9,
  });
});

Deno.test("stepLimits() count the decisions of a held position where it has more than a flat account", () => {
  const sized = spaceOf({ sizes: [0.25, 0.5, 1], stops: [2], scalars: ["exposure", "stop_distance"] });
  assert.equal(stepLimits(sized, 4, 0).candidates, 4); // out, keep and two resizes; or flat and three entries
  assert.equal(stepLimits(spaceOf({ scalars: ["exposure"] }), 4, 0).candidates, 2);
});

Deno.test("stepLimits() draw no virtual trades where only a cooldown tells accounts apart", () => {
  const space = spaceOf({ scalars: ["cooldown_left"], cooldownBars: 2 });
  assert.equal(stepLimits(space, 4, 2).virtualTrades, 0);
});

Deno.test("stepLimits() learn some of the entries where all would lead to too many accounts", () => {
  const wide: Partial<DecisionSpaceParts> = {
    actions: ACTIONS,
    sizes: [0.25, 0.5, 1],
    stops: [null, 2, 4],
    takes: [null, 3, 6],
    scalars: ["exposure", "stop_distance", "take_distance"],
  };
  const { entries, virtualTrades, points } = stepLimits(spaceOf(wide), 4, 0);
  assert.deepEqual([entries, virtualTrades, points], [54, 4, 55 + 58 * 3]);
  const wider = stepLimits(spaceOf({ ...wide, takes: [null, 3, 6, 9] }), 4, 0);
  assert.deepEqual([wider.entries, wider.virtualTrades, wider.points], [57, 4, 73 + 61 * 3]);
});

Deno.test("stepLimits() refuse lists that leave no room to learn", () => {
  const space = spaceOf({
    sizes: Array.from({ length: 16 }, (_, index) => (index + 1) / 16),
    scalars: ["exposure"],
  });
  assert.throws(() => stepLimits(space, 4, 230), /16 entries and 231 flat accounts lead to: it holds 256/);
});
