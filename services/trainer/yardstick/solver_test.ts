import assert from "node:assert/strict";
import { FLAT, POSITIONS } from "./market.ts";
import { makeChain } from "./market_chain.ts";
import { makeMarket } from "./markets.ts";
import type { Parameters } from "./parameters.ts";
import {
  costBlindRule,
  evaluateRule,
  makeRule,
  randomRule,
  solveDiscounted,
  solveOptimum,
} from "./solver.ts";

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected} ± ${tolerance}`);
}

/** Optimum, its turnover, cost-blind and random, each a tick. References were computed on a grid that is 0.1 % too lively. */
const REFERENCES: Record<string, { optimum: number; turnover: number; costBlind: number; random: number }> = {
  "A": { optimum: 11.492, turnover: 0.0710, costBlind: 1.105, random: -53.33 },
  "B": { optimum: 27.377, turnover: 0.1667, costBlind: 15.151, random: -71.11 },
  "C-belief": { optimum: 22.161, turnover: 0.0399, costBlind: 15.812, random: -88.89 },
  "D": { optimum: 0, turnover: 0, costBlind: 0, random: -28 },
};

for (const [name, reference] of Object.entries(REFERENCES)) {
  Deno.test(`solveOptimum() and the simple rules give the reference values on ${name}`, () => {
    const { chain, costs } = makeMarket(name);
    const optimum = solveOptimum(chain, costs);
    near(optimum.reward * 1e4, reference.optimum, 0.015);
    near(optimum.turnover, reference.turnover, 0.003);
    near(evaluateRule(chain, costs, costBlindRule(chain)).reward * 1e4, reference.costBlind, 0.02);
    near(evaluateRule(chain, costs, randomRule(chain)).reward * 1e4, reference.random, 0.01);
  });
}

Deno.test("solveDiscounted() gives the reference share of A's optimum for each discount", () => {
  const { chain, costs } = makeMarket("A");
  const best = solveOptimum(chain, costs).reward;
  for (
    const [gamma, share, tolerance] of [[0, 0.160, 0.01], [0.9, 0.994, 0.003], [0.95, 0.998, 0.003], [
      0.99,
      1,
      0.001,
    ]]
  ) {
    near(evaluateRule(chain, costs, solveDiscounted(chain, costs, gamma)).reward / best, share, tolerance);
  }
});

Deno.test("solveOptimum() reverses on A where the reference says, in sd of x", () => {
  const { chain, costs, stateFeatures } = makeMarket("A");
  const { rule } = solveOptimum(chain, costs);
  const decides = (state: number, held: number, decision: number) =>
    rule[(state * 3 + held) * 3 + decision] === 1;
  const x = [...stateFeatures!.rows];
  const half = (x[1] - x[0]) / 2;
  const [SHORT, LONG] = [0, 2];
  // Between the last state that keeps and the first that turns.
  const turnsDown = (held: number) => x.find((_, state) => decides(state, held, SHORT))! - half;
  const turnsUp = (held: number) => x.findLast((_, state) => decides(state, held, LONG))! + half;
  near(turnsDown(LONG), 0.70, 0.06);
  near(turnsDown(FLAT), 0.70, 0.06);
  near(turnsUp(SHORT), -0.75, 0.06);
  near(turnsUp(FLAT), -0.75, 0.06);
});

Deno.test("solveOptimum() on L follows the sign, by hand: E|R| − turning half the time − holding", () => {
  const { chain, costs } = makeMarket("L");
  const optimum = solveOptimum(chain, costs);
  near(optimum.reward, 0.01 * Math.sqrt(2 / Math.PI) - 0.003 - 0.0002, 1e-9);
  near(optimum.turnover, 1, 1e-9);
});

Deno.test("solveOptimum() answers to the parameters: dearer, cheaper, free, too dear to trade at all", () => {
  const earns = (parameters: Parameters) => {
    const { chain, costs } = makeMarket("A", parameters);
    return solveOptimum(chain, costs).reward * 1e4;
  };
  // Free trading takes the sign each tick: κ · E|x|.
  near(earns({ cost: 0 }), 0.1 * 229.4157 * Math.sqrt(2 / Math.PI), 0.05);
  assert.ok(earns({ cost: 0.003 }) > earns({}));
  assert.equal(earns({ cost: 0.5 }), 0);
  // Over a round trip only the sum of both costs counts.
  near(earns({ cost: 0.004, "asymmetric-cost": 0.008 }), earns({}), 0.005);
});

Deno.test("evaluateRule() agrees with a simulation of the same rule", () => {
  const market = makeMarket("A");
  const { rule, reward, turnover } = solveOptimum(market.chain, market.costs);
  const { chain, costs } = market;
  const mass = new Float64Array(chain.states * 3);
  mass[(chain.states >> 1) * 3 + FLAT] = 1;
  let [earned, traded] = [0, 0];
  // The masses of all states go on from tick to tick; the first 400 ticks are left out.
  for (let tick = 0, now = mass; tick < 500; tick++) {
    const next = new Float64Array(now.length);
    now.forEach((weight, row) => {
      if (weight === 0) return;
      const [state, held] = [Math.floor(row / 3), row % 3];
      const decision = rule.subarray(row * 3, row * 3 + 3).indexOf(1);
      const units = Math.abs(POSITIONS[decision] - POSITIONS[held]);
      if (tick >= 400) {
        earned += weight / 100 * (POSITIONS[decision] * chain.drift[state] - units * costs.buy);
        traded += weight / 100 * units;
      }
      for (let to = chain.first[state]; to <= chain.last[state]; to++) {
        next[to * 3 + decision] += weight * chain.probability[state * chain.states + to];
      }
    });
    now = next;
  }
  near(earned, reward, 1e-7);
  near(traded, turnover, 1e-5);
});

Deno.test("evaluateRule() starts flat: a rule that keeps what it holds earns nothing", () => {
  const chain = makeChain([0.01, 0.02], () => 1);
  const keep = makeRule(chain, (_, held) => held);
  near(evaluateRule(chain, { buy: 0, sell: 0, hold: 0 }, keep).reward, 0, 1e-12);
  const long = makeRule(chain, () => 2);
  near(evaluateRule(chain, { buy: 1, sell: 1, hold: 0.001 }, long).reward, 0.014, 1e-6);
});
