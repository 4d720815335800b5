import assert from "node:assert/strict";
import { afterstatePolicy } from "./afterstate_agent.ts";
import type { Policy } from "./agent.ts";
import type { Market } from "./market.ts";
import { makeMarket } from "./markets.ts";
import { Scorer } from "./scorer.ts";
import { TickEnvironment } from "./tick_environment.ts";

/** What a network decides whose values of short, flat and long are made from a row of features; heads beside them are noise. */
function policyOf(
  market: Market,
  values: (features: Float32Array) => readonly [number, number, number],
): Policy {
  return afterstatePolicy({
    outputs: 4,
    forward: (rows) => {
      const out: number[] = [];
      for (let at = 0; at < rows.length; at += market.inputs) {
        out.push(...values(rows.subarray(at, at + market.inputs)), 1e9);
      }
      return Float32Array.from(out);
    },
  }, new TickEnvironment(market).costs);
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected} ± ${tolerance}`);
}

Deno.test("Scorer gives 0 to a network that never trades, where trading pays", () => {
  for (const name of ["A", "A+", "B", "C-belief", "C-ewma", "L"]) {
    const market = makeMarket(name);
    const { score, turnover } = new Scorer(market).score(policyOf(market, () => [0, 0, 0]));
    near(score, 0, 1e-9);
    assert.equal(turnover, 0);
  }
});

Deno.test("Scorer gives a network with linear values nearly all of A, and the same on A+ as noise changes nothing", () => {
  const scores = ["A", "A+"].map((name) => {
    const market = makeMarket(name);
    return new Scorer(market).score(policyOf(market, ([x]) => [0.8 * x, 0, -0.8 * x])).score;
  });
  assert.ok(scores[0] > 0.97 && scores[0] <= 1, `${scores}`);
  near(scores[0], scores[1], 1e-9);
});

Deno.test("Scorer counts what noise makes a network do: on A+ it averages over the noise", () => {
  const market = makeMarket("A+");
  const scorer = new Scorer(market);
  const calm = scorer.score(policyOf(market, ([x]) => [0.8 * x, 0, -0.8 * x]));
  const nervous = scorer.score(
    policyOf(market, ([x, noise]) => [0.8 * (x + 0.5 * noise), 0, -0.8 * (x + 0.5 * noise)]),
  );
  assert.ok(nervous.score < calm.score - 0.05, `${nervous.score}`);
  assert.ok(nervous.turnover > calm.turnover);
});

Deno.test("Scorer scores D by what trading costs: 1 is flat, random trading 0, and luck does not count", () => {
  const market = makeMarket("D");
  const scorer = new Scorer(market);
  assert.equal(scorer.isWorthTrading, false);
  assert.equal(scorer.score(policyOf(market, () => [0, 0, 0])).score, 1);
  // Long for good: the holding cost of 2 bp a tick, of 28.
  near(scorer.score(policyOf(market, () => [0, 0, 99])).score, 1 - 2 / 28, 1e-4);
  const { score, turnover } = scorer.score(policyOf(market, ([last]) => [99 * last, 0, -99 * last]));
  near(score, 1 - (30 * turnover + 2) / 28, 0.002);
  assert.ok(score < 0);
});

Deno.test("Scorer gives L's optimum to who follows the leak, and nothing but losses to who goes against it", () => {
  const market = makeMarket("L");
  const scorer = new Scorer(market);
  near(scorer.score(policyOf(market, (row) => [-9 * row[8], 0, 9 * row[8]])).score, 1, 1e-9);
  assert.ok(scorer.score(policyOf(market, (row) => [9 * row[8], 0, -9 * row[8]])).score < -1);
});
