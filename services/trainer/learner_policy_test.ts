import assert from "node:assert/strict";
import { openAccount } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import { orderTo } from "../core/account/order.ts";
import { parseMoney } from "../core/account/money.ts";
import { heldOf } from "../core/decisions/held.ts";
import { fakeModelBytes, openFakeNetwork } from "../core/testing/fake_network.ts";
import { LearnerPolicy, type LearnerPolicyParts } from "./learner_policy.ts";
import { FREE, spaceOf, stepOf } from "./trainer_testing.ts";

const RULES = { ...FREE, takerBps: 100, makerBps: 100 };
const SIGMA = { X: 0.01 };
const FLAT = heldOf(openAccount(parseMoney("1")), { close: 100, atr: null, sigma: 0.01 }, [0, 1]);

/** Counts what is asked of a network whose values can be worked out by hand. */
function asked(weights: number[][], accountWeights?: number[][]) {
  const net = openFakeNetwork(
    fakeModelBytes({
      schemaHash: "schema",
      weights,
      metadata: {},
      ...(accountWeights && { accountWeights }),
    }),
  );
  const points: number[] = [];
  const learner: LearnerPolicyParts["learner"] = {
    forward: (features) => {
      const out = new Float32Array(features.length / net.inputs * net.outputs);
      net.forward(features, out);
      return out;
    },
    evaluate: (features, rows, classes, scalars) => {
      points.push(classes.length);
      assert.ok(rows.every((row) => row === 0));
      const out = new Float32Array(classes.length);
      net.evaluate(features, classes, scalars, out);
      return out;
    },
  };
  return { learner, points };
}

/** A bar with this state. */
function seen(...features: number[]) {
  return { ...stepOf("X", 1), features: Float32Array.of(...features) };
}

/** Long since the day before, at a profit of 2 %. */
function longHeld() {
  const bar = { ...stepOf("X", 1).next, open: 100, high: 103, low: 99, close: 102 };
  const order = orderTo(1, 0);
  const { account } = accountStep(openAccount(parseMoney("1000000")), order, bar, FREE);
  return heldOf(account, { close: 102, atr: null, sigma: 0.01 }, [0, 1]);
}

Deno.test("LearnerPolicy.weigh() takes the value less the cost, in the symbol's sigmas", () => {
  const { learner } = asked([[0, 0], [3, 0]]);
  const parts = {
    learner,
    space: spaceOf(),
    rulesOf: () => RULES,
    sigma: SIGMA,
    value: "afterstate",
    heads: [],
  } as const;
  const [flat, long] = new LearnerPolicy(parts).weigh(seen(0.2, 0), [FLAT, longHeld()]);
  assert.deepEqual(flat.q.map((q) => Math.round(q * 1e6) / 1e6), [0, -0.4]); // 0.6, and a cost of one sigma
  assert.deepEqual(long.q.map((q) => Math.round(q * 1e6) / 1e6), [-1, 0.6]);
  assert.deepEqual([flat.chosen, flat.runnerUp, long.chosen, long.runnerUp], [0, 1, 1, 0]);
});

Deno.test("LearnerPolicy.weigh() asks once for all accounts, and once for each point that they lead to", () => {
  const { learner, points } = asked([[0, 0], [1, 0]], [[0], [1]]);
  const space = spaceOf({ scalars: ["unrealised_pnl"] });
  const parts = {
    learner,
    space,
    rulesOf: () => FREE,
    sigma: SIGMA,
    value: "afterstate",
    heads: [],
  } as const;
  const [, long] = new LearnerPolicy(parts).weigh(seen(0, 0), [FLAT, longHeld(), FLAT]);
  assert.deepEqual(points, [3]); // flat, a new long, and the one that is kept
  assert.ok(Math.abs(long.q[1] - Math.log(1.02) / 0.01 / 4) < 1e-6);
});

Deno.test("LearnerPolicy.weigh() of branching values sees the account behind the market, and reads each head", () => {
  // action flat, action long = the side; size 0.5 = 1, size 1 = the first feature; then a prediction
  const { learner } = asked([[0, 0, 0.5], [0, 0, 1], [0, 1, 0], [1, 0, 0], [9, 9, 9]]);
  const parts: LearnerPolicyParts = {
    learner,
    space: spaceOf({ sizes: [0.5, 1] }),
    rulesOf: () => FREE,
    sigma: SIGMA,
    value: "branching",
    heads: [{ name: "action", size: 2 }, { name: "size", size: 2 }, { name: "risk", size: 1 }],
  };
  const [flat, long] = new LearnerPolicy(parts).weigh(seen(3, 2), [FLAT, longHeld()]);
  assert.deepEqual(flat.heads, { action: [0, 0], size: [2, 3] });
  assert.deepEqual(long.heads, { action: [0.5, 1], size: [2, 3] });
  assert.equal(flat.candidates[flat.chosen].label, "flat");
  assert.equal(long.candidates[long.chosen].size, 1);
});
