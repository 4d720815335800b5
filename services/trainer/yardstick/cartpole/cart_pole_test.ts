import assert from "node:assert/strict";
import { type CartPole, EPISODE_STEPS, hasFallen, pushCartPole, startCartPole } from "./cart_pole.ts";
import trajectories from "./trajectories.json" with { type: "json" };

function stateOf([position, velocity, angle, spin]: readonly number[]): CartPole {
  return { position, velocity, angle, spin };
}

for (const { start, actions, states, terminated, truncated } of trajectories.episodes) {
  Deno.test(`pushCartPole() repeats gymnasium's episode of ${actions.length} steps, and it ends alike`, () => {
    const expected = new Map(states.map(([step, ...state]) => [step, stateOf(state)]));
    let state = stateOf(start);
    [...actions].forEach((action, index) => {
      state = pushCartPole(state, Number(action));
      const isLast = index + 1 === actions.length;
      assert.equal(hasFallen(state), isLast && terminated, `step ${index + 1}`);
      const known = expected.get(index + 1);
      if (known === undefined) return;
      expected.delete(index + 1);
      for (const [name, value] of Object.entries(known)) {
        const actual = state[name as keyof CartPole];
        assert.ok(Math.abs(actual - value) < 1e-9, `${name} of step ${index + 1}: ${actual}, not ${value}`);
      }
    });
    assert.equal(expected.size, 0);
    assert.equal(actions.length === EPISODE_STEPS, truncated);
  });
}

Deno.test("startCartPole() draws each number within 0.05", () => {
  assert.deepEqual(startCartPole(() => 0), stateOf([-0.05, -0.05, -0.05, -0.05]));
  assert.deepEqual(startCartPole(() => 0.5), stateOf([0, 0, 0, 0]));
});
