import assert from "node:assert/strict";
import type { Experience } from "../../core/contracts/experience.ts";
import type { DecisionSpace } from "../../core/decisions/decision_space.ts";
import { LearnerPolicy } from "../learner_policy.ts";
import { RewardAgent } from "../reward_agent.ts";
import { DAY_MS, FREE, spaceOf, stepOf } from "../trainer_testing.ts";
import { DecisionPairs, PairsState } from "./decision_pairs.ts";

const SIGMA = { A: 0.01, B: 0.01 };

/** W of long is the step's first feature, of everything else 0; points are counted. */
function pairsOf(
  parts: { horizon?: number; feeBps?: number; space?: DecisionSpace } = {},
): { pairs: DecisionPairs; points: number[] } {
  const { horizon = 10, feeBps = 0, space = spaceOf() } = parts;
  const rules = { ...FREE, takerBps: feeBps, makerBps: feeBps };
  const points: number[] = [];
  const learner = {
    forward: () => assert.fail("not used"),
    evaluate: (features: Float32Array, _: Uint32Array, classes: Uint8Array) => {
      points.push(classes.length);
      return Float32Array.from(classes, (each) => each === 1 ? features[0] : 0);
    },
  };
  const common = { space, rulesOf: () => rules, sigma: SIGMA };
  const agent = new RewardAgent({ ...common, regressions: [], terms: [], virtualTrades: 1, seed: 1 });
  const policy = new LearnerPolicy({ ...common, learner, value: "afterstate", heads: [] });
  return { pairs: new DecisionPairs({ agent, policy, space, rulesOf: () => rules, horizon }), points };
}

/** A step that the network values so; the price of a fill moves by `moves[day]` until the next one. */
function run(values: number[], moves: number[], symbol = "A"): Experience[] {
  let open = 100;
  return values.map((value, day) => {
    const exitOpen = open * Math.exp(moves[day]);
    const step = stepOf(symbol, day, {
      close: open,
      next: { openTimeMs: (day + 1) * DAY_MS, open, high: open, low: open, close: open, volume: 1 },
      exitOpen,
      features: Float32Array.of(value, 0),
      atr: 1,
      nextAtr: 1,
    });
    open = exitOpen;
    return step;
  });
}

const judgedOf = (pairs: DecisionPairs) => pairs.judged.map(({ score, isWin }) => [score, isWin]);

Deno.test("DecisionPairs follow a decision and its runner-up until they have rejoined, and see which one is ahead", () => {
  const { pairs } = pairsOf();
  // long for two bars, then flat: the price rises at first
  const steps = run([2, 1, -3], [0.01, 0.02, 0.05]);
  pairs.see(steps[0]);
  assert.deepEqual(judgedOf(pairs), []);
  pairs.see(steps[1]); // it wants to be long as well: both are, and what the first one missed is known
  assert.deepEqual(judgedOf(pairs), [[2, true]]);
  pairs.see(steps[2]); // the second decision's runner-up had sold and stays out, as now does the lane
  assert.deepEqual(judgedOf(pairs), [[2, true], [1, true]]);
});

Deno.test("DecisionPairs count a decision that came out behind as lost, by costs alone too", () => {
  const falling = pairsOf().pairs;
  run([2, -1], [-0.01, 0]).forEach((step) => falling.see(step));
  assert.deepEqual(judgedOf(falling), [[2, false]]);
  const still = pairsOf({ feeBps: 10 }).pairs;
  run([2, -1], [0, 0]).forEach((step) => still.see(step));
  assert.deepEqual(judgedOf(still).map(([, isWin]) => isWin), [false]);
});

Deno.test("DecisionPairs leave out pairs that come out equal", () => {
  const { pairs } = pairsOf();
  run([2, -1, -1], [0, 0, 0]).forEach((step) => pairs.see(step));
  assert.deepEqual(judgedOf(pairs), []);
});

Deno.test("DecisionPairs judge at the horizon what has not rejoined", () => {
  const space = spaceOf({ scalars: ["bars_in_trade"] });
  const { pairs } = pairsOf({ horizon: 3, space });
  const steps = run([1, 1, 1, 1], [0.01, 0.01, -0.05, -0.05]);
  steps.slice(0, 2).forEach((step) => pairs.see(step));
  assert.deepEqual(judgedOf(pairs), [], "both are long, though one of them for longer");
  pairs.see(steps[2]);
  assert.deepEqual(judgedOf(pairs), [[1, true]]);
});

Deno.test("DecisionPairs ask the learner once a bar, for a bounded number of accounts", () => {
  const space = spaceOf({ scalars: ["bars_in_trade"] });
  const { pairs, points } = pairsOf({ horizon: 1_000, space });
  const days = 200;
  run(Array(days).fill(1), Array(days).fill(0.001)).forEach((step) => pairs.see(step));
  assert.equal(points.length, days);
  assert.equal(Math.max(...points), 1 + 1 + 64); // flat, the lane's keep, and those of 64 pairs, which all went long again
});

Deno.test("DecisionPairs begin anew after a gap, and follow each symbol by itself", () => {
  const { pairs } = pairsOf();
  const a = run([2, -1, -1], [0.01, 0, 0]);
  const b = run([2, -1], [-0.01, 0], "B");
  pairs.see(a[0]);
  pairs.see(b[0]);
  pairs.see(a[2]); // a step is missing: what was open is not judged
  pairs.see(b[1]);
  assert.deepEqual(judgedOf(pairs), [[2, false]]);
});

Deno.test("DecisionPairs go on from their state as if they had not been interrupted", () => {
  const space = spaceOf({ stops: [null, 2], scalars: ["bars_in_trade", "stop_distance"] });
  const values = Array.from({ length: 60 }, (_, day) => Math.sin(day * 0.7));
  const moves = values.map((_, day) => 0.01 * Math.cos(day * 1.3));
  const steps = run(values, moves);
  const [steady, first, second] = [0, 1, 2].map(() => pairsOf({ space, feeBps: 2, horizon: 8 }).pairs);
  steps.forEach((step) => steady.see(step));
  steps.slice(0, 30).forEach((step) => first.see(step));
  second.restore(PairsState.parse(JSON.parse(JSON.stringify(first.state()))));
  steps.slice(30).forEach((step) => second.see(step));
  assert.ok(steady.judged.length > 20);
  assert.deepEqual(second.state(), steady.state());
});

Deno.test("DecisionPairs keep the newest two thousand", () => {
  const { pairs } = pairsOf();
  const days = 2_200;
  const values = Array.from({ length: days }, (_, day) => day % 2 === 0 ? 1 + day / 10_000 : -1);
  run(values, values.map(() => 0.001)).forEach((step) => pairs.see(step));
  assert.equal(pairs.judged.length, 2_000);
  const rising = pairs.judged.map(({ score }) => score).filter((score) => score > 1);
  assert.ok(Math.min(...rising) > 1.015, "those of the first days are gone");
});

Deno.test("DecisionPairs begin anew after a ruin", () => {
  const { pairs } = pairsOf();
  const [first, second] = run([1, 1], [0, 0]);
  pairs.see(first);
  assert.equal(pairs.state().lanes.A.account.cash, "0");
  pairs.see({ ...second, exitOpen: 1e-9 });
  const { account, open, barMs } = pairs.state().lanes.A;
  assert.deepEqual([account.cash, account.quantity, open, barMs], ["1000000", "0", [], 2 * DAY_MS]);
});

Deno.test("DecisionPairs can follow what grows without end, and the pairs that are open judge alike", () => {
  const { pairs } = pairsOf();
  const values = Array.from({ length: 1_200 }, (_, day) => day % 3 === 2 ? -1 : 1);
  const grown = run(values, values.map((value) => value > 0 ? 0.2 : -0.4)); // the price stays, the lane grows
  grown.forEach((step) => pairs.see(step));
  PairsState.parse(pairs.state());
  assert.ok(pairs.judged.length > 400);
  assert.ok(pairs.judged.every(({ isWin }) => isWin));
});
