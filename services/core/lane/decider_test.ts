import assert from "node:assert/strict";
import { FREE, fresh, holding } from "../account/account_testing.ts";
import type { Confidence } from "../contracts/model.ts";
import { DecisionSpace } from "../decisions/decision_space.ts";
import { fakeModelBytes } from "../testing/fake_network.ts";
import { Decider, type DeciderParts, type Sight } from "./decider.ts";
import { loadedModel, SPACE, STRATEGY } from "./lane_testing.ts";
import { LocalRunner } from "./model_runner.ts";
import type { Strategy } from "./strategy.ts";

/** Stops of 2 average true ranges, or none. */
const STOPS: Strategy = {
  ...STRATEGY,
  rulesOf: () => FREE,
  space: new DecisionSpace({ ...SPACE, stops: [null, 2], scalars: ["unrealised_pnl", "stop_distance"] }),
};
const SIGHT: Sight = {
  barMs: 5,
  close: 100,
  volume: 1,
  state: Float32Array.of(1, 2),
  atr: 1.5,
  account: fresh(),
};
const FLAT_AND_LONG = [[1, 0], [0, 1], [7, 7]];

function modelOf(parts: {
  weights?: readonly (readonly number[])[];
  accountWeights?: readonly (readonly number[])[];
  confidence?: Confidence;
  epsilon?: number;
}) {
  const { weights = FLAT_AND_LONG, accountWeights, confidence = null, epsilon = 0 } = parts;
  return loadedModel(fakeModelBytes({
    schemaHash: "schema",
    weights,
    ...(accountWeights && { accountWeights }),
    metadata: { passport: JSON.stringify({ rewardSigma: { SPX: 0.01 }, confidence, epsilon }) },
  }));
}

const deciderOf = (changes: Partial<DeciderParts> = {}) =>
  new Decider({
    symbol: "SPX",
    strategy: STOPS,
    runner: new LocalRunner(),
    confidenceAt: () => 0.5,
    ...changes,
  });
const near = (actual: readonly number[], expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-6, `${actual}`));
};

Deno.test("Decider values the account after each decision by W, and prefers the stop that the network prefers", async () => {
  // W(flat) = 1, W(long) = 2 + 3 × nearness of the stop.
  const model = await modelOf({ accountWeights: [[0, 0], [0, 3]] });
  const { choice, answer } = await deciderOf().decide(SIGHT, model);
  assert.equal(choice.candidate?.label, "long, stop 2");
  near([...answer!.weighing.q], [1, 2, 2 + 3 * Math.exp(-1)]);
  assert.equal(answer!.runnerUp?.label, "long, no stop");
  near(answer!.chosen.scalars, [0, Math.exp(-1)]);
  assert.match(choice.reason, /^Q is 2\.10 above keeping, net of cost$/);
});

Deno.test("Decider values what is held as it is: its profit and how near its stop has come", async () => {
  const account = holding(1, 99, { stopDistance: 2 }); // stop at 97, 2 ranges from 100
  const model = await modelOf({ accountWeights: [[0, 0], [10, 1]] });
  const { choice, answer } = await deciderOf().decide({ ...SIGHT, account }, model);
  assert.deepEqual(answer!.weighing.candidates.map(({ label }) => label), ["flat", "keep long"]);
  near(answer!.chosen.scalars, [Math.log(100 / 99) / 0.01 / 4, Math.exp(-1)]);
  assert.ok(choice.candidate?.isKeep);
});

Deno.test("Decider decides nothing while a share of a range that is not known yet is what an order would cost", async () => {
  const strategy: Strategy = {
    ...STRATEGY,
    rulesOf: () => ({ ...FREE, slippage: { model: "atr_share", share: 0.1 } }),
  };
  const decided = async (atr: number | null) =>
    (await deciderOf({ strategy }).decide({ ...SIGHT, atr }, await modelOf({}))).choice;
  const { candidate, reason } = await decided(null);
  assert.deepEqual([candidate, reason], [null, "slippage cannot be measured as no price has moved"]);
  assert.notEqual((await decided(1.5)).candidate, null);
});

Deno.test("Decider needs no account part where the class tells all: values are the outputs themselves", async () => {
  const asked: number[] = [];
  const runner = new LocalRunner();
  const decider = deciderOf({
    strategy: STRATEGY,
    runner: {
      name: "local",
      run: (model, request) => (asked.push(request.points.length), runner.run(model, request)),
      [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
    },
  });
  const { answer } = await decider.decide({ ...SIGHT, atr: null }, await modelOf({}));
  near([...answer!.weighing.q], [1, 2 - 0.04]); // 4 bp of a sigma of 1 %
  assert.deepEqual(asked, [0]);
});

Deno.test("Decider refuses where stops cannot be measured", async () => {
  const reason = "stops cannot be measured as no price has moved";
  const ruling = await deciderOf().decide({ ...SIGHT, atr: null }, await modelOf({}));
  assert.deepEqual(ruling, { choice: { candidate: null, reason }, answer: null });
});

Deno.test("Decider goes on with a position whose stop was placed under other rules", async () => {
  const account = holding(1, 99, { stopDistance: 2 });
  const decider = deciderOf({ strategy: STRATEGY });
  const { choice } = await decider.decide({ ...SIGHT, atr: null, account }, await modelOf({}));
  assert.equal(choice.candidate?.label, "long");
});

Deno.test("Decider can only wait in a cooldown, and has no runner-up to be explained against", async () => {
  const space = new DecisionSpace({ ...SPACE, scalars: ["cooldown_left"], cooldownBars: 3 });
  const decider = deciderOf({ strategy: { ...STRATEGY, space } });
  const account = { ...SIGHT.account, cooldownLeft: 2 };
  const model = await modelOf({ accountWeights: [[6], [0]] });
  const { choice, answer } = await decider.decide({ ...SIGHT, account }, model);
  assert.ok(choice.candidate?.isKeep);
  near([answer!.chosen.q, ...answer!.chosen.scalars], [1 + 6 / 3, 1 / 3]);
  assert.deepEqual([answer!.runnerUp, answer!.confidence], [null, null]);
});

Deno.test("Decider asks the calibration how sure the lead over the runner-up makes", async () => {
  const confidence = {
    scores: [0, 2],
    probabilities: [0.5, 0.9],
    horizon: 64,
    ece: 0.02,
    reliability: [],
    fittedOn: 500,
  };
  const asked: unknown[] = [];
  const confidenceAt: DeciderParts["confidenceAt"] = (scores, probabilities, score) => {
    asked.push([[...scores], [...probabilities], score]);
    return 0.7;
  };
  const decider = deciderOf({ strategy: STRATEGY, confidenceAt });
  const sight = { ...SIGHT, account: holding(1, 100) };
  const { answer } = await decider.decide(sight, await modelOf({ confidence }));
  assert.equal(answer!.confidence, 0.7);
  assert.deepEqual(asked, [[[0, 2], [0.5, 0.9], answer!.chosen.q - answer!.runnerUp!.q]]);
  const without = await decider.decide(sight, await modelOf({}));
  assert.equal(without.answer!.confidence, null);
});

Deno.test("Decider gives branching values the account before the decision behind the features, and takes each branch's best", async () => {
  const space = new DecisionSpace({ ...SPACE, stops: [null, 2], scalars: ["stop_distance"] });
  const heads = [{ name: "action", size: 2 }, { name: "stop", size: 2 }, { name: "risk", size: 1 }];
  const decider = deciderOf({ strategy: { ...STOPS, value: "branching", space, heads } });
  // Inputs: two features, side, nearness of the stop.
  const weights = [[1, 0, 0, 0], [0, 1, 4, 8], [0, 0, 0, 0], [0, 0.25, 0, 0], [7, 7, 7, 7]];
  const flat = await decider.decide(SIGHT, await modelOf({ weights }));
  assert.equal(flat.choice.candidate?.label, "long, stop 2");
  assert.deepEqual(flat.answer!.weighing.heads, { action: [1, 2], stop: [0, 0.5] });
  assert.deepEqual(flat.answer!.chosen, { label: "long, stop 2", class: 1, scalars: [0, 0], q: 2, cost: 0 });
  const account = holding(1, 99, { stopDistance: 2 });
  const held = await decider.decide({ ...SIGHT, account }, await modelOf({ weights }));
  near(held.answer!.chosen.scalars, [1, Math.exp(-1)]);
  near([held.answer!.chosen.q], [2 + 4 + 8 * Math.exp(-1)]);
  assert.deepEqual(held.answer!.weighing.heads.stop, [null, null]);
});

Deno.test("Decider explores as often as the model asks for, and the same bar draws the same again", async () => {
  const decider = deciderOf({ strategy: STRATEGY });
  const model = await modelOf({ epsilon: 0.25 });
  const drawn = async (barMs: number) => (await decider.decide({ ...SIGHT, barMs }, model)).choice;
  let [explored, away] = [0, 0];
  for (let bar = 0; bar < 800; bar++) {
    const choice = await drawn(bar * 1_000);
    assert.deepEqual(choice, await drawn(bar * 1_000));
    if (!choice.reason.startsWith("drawn at random")) continue;
    explored++;
    if (choice.candidate?.action === "flat") away++;
  }
  // 200 ± 12, and half of them.
  assert.ok(Math.abs(explored - 200) < 50 && Math.abs(away - explored / 2) < 40, `${explored} ${away}`);
});
