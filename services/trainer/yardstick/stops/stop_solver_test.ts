import assert from "node:assert/strict";
import { makeMarket } from "../markets.ts";
import type { Parameters } from "../parameters.ts";
import { solveOptimum } from "../solver.ts";
import { makeStopMarket } from "./stop_markets.ts";
import { solveStops } from "./stop_solver.ts";
import { scorerOf } from "./stop_testing.ts";

/** The optimum with stops, of that without. */
function share(name: string, parameters: Parameters = {}): number {
  const { chain, costs } = makeMarket("A", parameters);
  return solveStops(makeStopMarket(name, parameters)) / solveOptimum(chain, costs).reward;
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected} ± ${tolerance}`);
}

const REBATED = share("A-stop-rebate");

Deno.test("solveStops() gives the reference values: stops are worth nothing on A, and 5 to 6 % where they earn .6σ", () => {
  near(share("A-stop"), 1, 0.001);
  // The reference, 1.053, was computed on a grid of .2σ that moves stops by half a step.
  near(REBATED, 1.053, 0.01);
});

Deno.test("solveStops() answers to the parameters: the more a stop earns the better, and other costs and noise", () => {
  near(share("A-stop", { cost: 0.003, "asymmetric-cost": 0.009, hold: 0.0005 }), 1, 0.001);
  assert.ok(share("A-stop", { "stop-rebate": 0.3 }) < REBATED - 0.02);
  // All lengths together change nothing but the unit.
  near(share("A-stop-rebate", { sigma: 0.02, cost: 0.012 }), REBATED, 1e-6);
});

Deno.test("solveStops() is near what a simple rule with stops earns on a path", () => {
  const scorer = scorerOf("A-stop-rebate");
  const { score, stopExits } = scorer.scoreDecisions((_, ticks, accounts) =>
    accounts.map((account, lane) => {
      const [x] = ticks[lane].features;
      const decision = x > 0.6 ? 0 : x < -0.6 ? 2 : account.decision;
      return scorer.space.candidates(account).find((candidate) =>
        candidate.account.decision === decision &&
        (decision === account.decision || candidate.account.stop === 0.02)
      )!;
    })
  );
  near(score, REBATED, 0.02);
  assert.ok(stopExits! > 0.01, `${stopExits}`);
});

Deno.test("solveStops() refuses a market that its grid cannot hold", () => {
  assert.throws(
    () => solveStops(makeStopMarket("A-stop", { kappa: 0.002 })),
    /Cannot solve the market as its state must stay within 60 times a tick's move: it strays 71/,
  );
});
