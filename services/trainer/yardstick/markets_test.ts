import assert from "node:assert/strict";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import type { Tick } from "./market.ts";
import { makeMarket, MARKET_NAMES } from "./markets.ts";
import { solveOptimum } from "./solver.ts";

const TICKS = 20_000;

function pathOf(name: string, ticks = TICKS, use: "learning" | "held-out" = "held-out"): Tick[] {
  return makeMarket(name).path(new SeededRandom(3), use).take(ticks).toArray();
}

function momentsOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

for (const name of MARKET_NAMES) {
  Deno.test(`market ${name}: features follow on each other, returns have the sd of the scale, features that of 1`, () => {
    const market = makeMarket(name);
    const path = pathOf(name);
    path.slice(1).forEach((tick, index) => assert.equal(tick.features, path[index].nextFeatures));
    const { sd } = momentsOf(path.map((tick) => tick.logReturn));
    assert.ok(Math.abs(sd / market.returnSd - 1) < 0.03, `sd ${sd}, not ${market.returnSd}`);
    for (let input = 0; input < market.inputs; input++) {
      const spread = momentsOf(path.map((tick) => tick.features[input])).sd;
      assert.ok(spread > 0.7 && spread < 1.3, `feature ${input} has sd ${spread}`);
    }
  });

  Deno.test(`market ${name}: what is expected is the mean of what comes, and its state's drift is near it`, () => {
    const { chain, returnSd } = makeMarket(name);
    const path = pathOf(name);
    const surprise = momentsOf(path.map((tick) => tick.logReturn - tick.expectedReturn)).mean;
    assert.ok(Math.abs(surprise) < 4 * returnSd / Math.sqrt(TICKS), `off by ${surprise}`);
    const worst = Math.max(...path.map((tick) => Math.abs(tick.expectedReturn - chain.drift[tick.state])));
    assert.ok(worst < 0.06 * returnSd, `off by ${worst}`);
    // The expectation explains the returns: regressing one on the other has slope 1.
    const square = path.reduce((sum, tick) => sum + tick.expectedReturn ** 2, 0);
    if (square === 0) return;
    const slope = path.reduce((sum, tick) => sum + tick.logReturn * tick.expectedReturn, 0) / square;
    assert.ok(Math.abs(slope - 1) < 0.15, `slope ${slope}`);
  });

  Deno.test(`market ${name}: rows of the chain sum to 1`, () => {
    const { states, probability } = makeMarket(name).chain;
    for (let row = 0; row < states; row++) {
      const sum = probability.subarray(row * states, (row + 1) * states).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) < 1e-12, `row ${row} sums to ${sum}`);
    }
  });
}

Deno.test("markets show no future: features of a tick do not change with what comes later, L's leak apart", () => {
  for (const name of ["A", "C-belief", "C-ewma", "D"]) {
    const path = pathOf(name, 2_000);
    const width = path[0].features.length;
    for (let input = 0; input < width; input++) {
      const { mean, sd } = momentsOf(path.map((tick) => tick.features[input]));
      const surprise = path.map((tick) => tick.logReturn - tick.expectedReturn);
      const correlation = path.reduce((sum, tick, t) =>
        sum + (tick.features[input] - mean) * surprise[t], 0) /
        (path.length * sd * momentsOf(surprise).sd);
      assert.ok(
        Math.abs(correlation) < 0.1,
        `${name}: feature ${input} knows the surprise by ${correlation}`,
      );
    }
  }
});

Deno.test("market D repeats its ticks to learn from, and never the held-out ones", () => {
  const learning = pathOf("D", 10_000, "learning").map((tick) => tick.logReturn);
  assert.deepEqual(learning.slice(5_000), learning.slice(0, 5_000));
  assert.notEqual(learning[0], learning[1]);
  const heldOut = pathOf("D", 10_000).map((tick) => tick.logReturn);
  assert.notDeepEqual(heldOut.slice(5_000), heldOut.slice(0, 5_000));
});

Deno.test("market L shows the sign of the coming return", () => {
  for (const tick of pathOf("L", 500)) assert.equal(tick.features.at(-1), Math.sign(tick.logReturn));
});

Deno.test("makeMarket() refuses a market that its grid cannot hold", () => {
  assert.throws(
    () => makeMarket("A", { kappa: 0.00001 }),
    /Cannot solve the market as its state must stay within 72 times/,
  );
});

Deno.test("makeMarket() takes parameters that it has; B's period sets its states", () => {
  assert.equal(makeMarket("B", { period: 30, kappa: 0.5 }).chain.states, 30);
  const { chain, costs } = makeMarket("B", { hold: 0.001, cost: 0 });
  assert.ok(
    solveOptimum(chain, costs).reward < solveOptimum(chain, makeMarket("B", { cost: 0 }).costs).reward,
  );
});
