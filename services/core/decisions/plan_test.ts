/** The plan y of a decision is the account that its order really leads to, where it costs nothing and fills at the price that
 * was seen. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { fillAtOpen } from "../account/account_step.ts";
import { barOf, FREE, fresh, holding } from "../account/account_testing.ts";
import { orderOf } from "./candidate.ts";
import { spaceWith } from "./decisions_testing.ts";
import { heldOf } from "./held.ts";
import { scalarsOf } from "./scalars.ts";

const RULES = { ...FREE, cooldownBars: 2, stopCooldownBars: 4 };
const SPACE = spaceWith();

Deno.test("DecisionSpace plans what fillAtOpen() does: entries, exits into a cooldown, keeps, resizes and reversals", () => {
  const start = fc.record({
    target: fc.constantFrom(0, 0.25, 0.5, 1, -0.25, -0.5, -1),
    move: fc.double({ min: -0.05, max: 0.05, noNaN: true }),
    stop: fc.constantFrom(null, 6, 9),
    take: fc.constantFrom(null, 7, 11),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(start, ({ target, move, stop, take, pick }) => {
      const account = target === 0
        ? fresh("1000000")
        : holding(target, 100, { stopDistance: stop, takeDistance: take });
      const at = { close: 100 * (1 + move), atr: 1.5, sigma: 0.02 };
      const candidates = SPACE.candidates(heldOf(account, at, SPACE.sides));
      const candidate = candidates[pick % candidates.length];
      const order = orderOf(candidate, { barMs: 0, ...at }, RULES);
      const after = fillAtOpen(account, order, barOf(at.close), RULES).account;
      const held = heldOf(after, at, SPACE.sides);
      assert.equal(held.class, candidate.point.class);
      const really = scalarsOf(SPACE.scalarNames, { ...held, cooldownShare: after.cooldownLeft / 4 });
      SPACE.scalarNames.forEach((name, index) => {
        // What is added averages the entry, in the plan to first order only.
        const tolerance = name === "unrealised_pnl" && candidate.isResize ? 0.05 : 1e-5;
        const difference = Math.abs(really[index] - candidate.point.scalars[index]);
        assert.ok(difference < tolerance, `${candidate.label}: ${name} differs by ${difference}`);
      });
    }),
    { seed: 41, numRuns: 1_000 },
  );
});
