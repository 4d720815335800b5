import assert from "node:assert/strict";
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { Learner } from "../../../core/model/native_types.ts";
import { FLAT, type Tick } from "../market.ts";
import { makeMarket } from "../markets.ts";
import { DqnAgent, dqnInputs, type DqnParts } from "./dqn_agent.ts";

const MARKET = makeMarket("A");
const SD = MARKET.returnSd;
const COST = 0.006 / SD;
const [SHORT, LONG] = [0, 2];

function agentOf(changes: Partial<DqnParts> = {}, values: (row: Float32Array) => number[] = () => [0, 0, 0]) {
  const width = dqnInputs(MARKET, changes.isAfterstate ?? false);
  const forward = (rows: Float32Array) =>
    Float32Array.from(
      Array.from({ length: rows.length / width }, (_, row) =>
        values(rows.subarray(row * width, (row + 1) * width))).flat(),
    );
  return new DqnAgent({
    market: MARKET,
    learner: { forward } as unknown as Learner,
    outputs: 3,
    random: new SeededRandom(1),
    epsilonAt: () => 0,
    isAfterstate: false,
    isCounterfactual: false,
    steps: 1,
    gamma: 0.5,
    ...changes,
  });
}

function tickOf(logReturn: number, feature = 0.5): Tick {
  return {
    features: Float32Array.of(feature),
    nextFeatures: Float32Array.of(feature + 1),
    logReturn,
    expectedReturn: 0,
    state: 0,
  };
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-5, `${actual}, not ${expected}`);
}

Deno.test("DqnAgent teaches what was done: the position is a feature, the cost is in the reward, deciding next is free", () => {
  const steps = agentOf().learnFrom(tickOf(0.01), FLAT, LONG);
  assert.equal(steps.length, 1);
  const [{ features, nextFeatures, classes, rewards, terminals, candidateCosts }] = steps;
  assert.deepEqual([...features], [0.5, 0, 1, 0]);
  assert.deepEqual([...nextFeatures], [1.5, 0, 0, 1]);
  assert.deepEqual([[...classes], [...terminals], [...candidateCosts]], [[LONG], [0], [0, 0, 0]]);
  near(rewards[0], 0.01 / SD - COST);
});

Deno.test("DqnAgent teaches every decision from every position, if it is counterfactual", () => {
  const steps = agentOf({ isCounterfactual: true }).learnFrom(tickOf(0.01), FLAT, LONG);
  assert.equal(steps.length, 9);
  const [turn] = steps.slice(2);
  assert.deepEqual([...turn.features, ...turn.nextFeatures], [0.5, 1, 0, 0, 1.5, 0, 0, 1]);
  near(turn.rewards[0], 0.01 / SD - 2 * COST);
});

Deno.test("DqnAgent's afterstates leave the cost to the next decision", () => {
  const [{ features, classes, rewards, candidateCosts }] = agentOf({ isAfterstate: true })
    .learnFrom(tickOf(0.01), FLAT, LONG);
  assert.deepEqual([[...features], [...classes]], [[0.5], [LONG]]);
  near(rewards[0], 0.01 / SD);
  [2 * COST, COST, 0].forEach((cost, index) => near(candidateCosts[index], cost));
  const [all] = agentOf({ isAfterstate: true, isCounterfactual: true }).learnFrom(tickOf(0.01), FLAT, LONG);
  assert.deepEqual([...all.classes], [0, 1, 2]);
});

Deno.test("DqnAgent decides by its values, keeps what it holds on a tie, and sees what it holds", () => {
  const agent = agentOf({}, ([, ...position]) => position[LONG] === 1 ? [5, 0, 0] : [0, 0, 0]);
  assert.deepEqual([...agent.policy(Float32Array.of(0.1, 0.2))], [SHORT, FLAT, SHORT, SHORT, FLAT, SHORT]);
  assert.equal(agent.decide(Float32Array.of(0.1), LONG), SHORT);
});

Deno.test("DqnAgent explores as often as told, by ticks", () => {
  const agent = agentOf({ epsilonAt: (tick) => tick < 300 ? 1 : 0 });
  const decisions = Array.from({ length: 400 }, () => agent.decide(Float32Array.of(0), FLAT));
  for (const decision of [0, 1, 2]) {
    const count = decisions.slice(0, 300).filter((taken) => taken === decision).length;
    assert.ok(count > 70 && count < 130, `${count}`);
  }
  assert.ok(decisions.slice(300).every((decision) => decision === FLAT));
});

Deno.test("DqnAgent refuses to add up rewards of decisions that were not taken", () => {
  assert.throws(() => agentOf({ steps: 3, isCounterfactual: true }), {
    name: "RangeError",
    message:
      "Cannot make the agent as rewards of several ticks must follow decisions that were taken: it adds up 3",
  });
});

Deno.test("DqnAgent adds up the rewards of several ticks, each as it was decided, and what follows is where they led", () => {
  const agent = agentOf({ steps: 2 });
  assert.deepEqual(agent.learnFrom(tickOf(0.01, 0.5), FLAT, LONG), []);
  const [{ features, nextFeatures, classes, rewards, span }] = agent.learnFrom(
    tickOf(0.02, 1.5),
    LONG,
    SHORT,
  );
  assert.deepEqual([[...features], [...nextFeatures]], [[0.5, 0, 1, 0], [2.5, 1, 0, 0]]);
  assert.deepEqual([[...classes], span], [[LONG], 2]);
  near(rewards[0], 0.01 / SD - COST + 0.5 * (-0.02 / SD - 2 * COST));
});
