import assert from "node:assert/strict";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { AfterstateAgent, afterstatePolicy } from "./afterstate_agent.ts";
import { FLAT } from "./market.ts";
import { makeMarket } from "./markets.ts";
import { TickEnvironment } from "./tick_environment.ts";

const MARKET = makeMarket("A");
const COST = 0.006 / MARKET.returnSd;

/** What is decided from each position on a row with these values. */
function decisions(...values: number[]): number[] {
  const policy = afterstatePolicy(
    { outputs: 4, forward: () => Float32Array.of(...values, 1e9) },
    new TickEnvironment(MARKET).costs,
  );
  return [...policy(Float32Array.of(0))];
}

Deno.test("afterstatePolicy() decides with costs in the scale of the rewards, and keeps what it holds on a tie", () => {
  assert.equal(decisions(0, 0, COST * 0.99)[FLAT], FLAT);
  assert.equal(decisions(0, 0, COST * 1.01)[FLAT], 2);
  assert.equal(decisions(0, -9, COST * 1.99)[0], 0);
  assert.deepEqual(decisions(0, 0, 0), [0, 1, 2]);
});

Deno.test("AfterstateAgent teaches every decision of a tick, the return and the costs in the sd of the returns", () => {
  const agent = new AfterstateAgent(MARKET, {
    learner: null as never,
    outputs: 3,
    regressionHeads: 2,
  });
  const [tick] = MARKET.path(new SeededRandom(5), "learning").take(1).toArray();
  const steps = agent.learnFrom(tick);
  assert.equal(steps.length, 1);
  const [{ classes, rewards, terminals, candidateOffsets, candidateCosts, regressionTargets }] = steps;
  const scaled = Math.fround(tick.logReturn / MARKET.returnSd);
  assert.deepEqual([...classes], [0, 1, 2]);
  assert.deepEqual([...rewards].map((reward) => reward + 0), [-scaled, 0, scaled]);
  assert.deepEqual([...terminals], [0, 0, 0]);
  assert.deepEqual([...candidateOffsets], [0, 3, 6, 9]);
  const cost = Math.fround(COST);
  assert.deepEqual([...candidateCosts], [0, cost, 2 * cost, cost, 0, cost, 2 * cost, cost, 0]);
  assert.deepEqual([...regressionTargets], [Math.abs(scaled), Math.abs(scaled)]);
});
