import assert from "node:assert/strict";
import { planWarmStart, WarmStartError } from "./warm_start_plan.ts";

const feature = (name: string, period: number) => ({
  name,
  source: "rsi",
  params: { period },
  norm: { kind: "none" },
});
const BASE = {
  stateFormat: 1,
  data: { timeframe: "1d" },
  features: [feature("fast", 7), feature("slow", 21)],
  account: ["position"],
  heads: [
    { name: "action", type: "branch_q", values: ["flat", "long"] },
    { name: "risk", type: "regression", target: "forward_volatility" },
  ],
  network: { trunk: [32] },
  reward: { base: "log_equity" },
  value: "afterstate",
};
type Changes = Partial<Record<keyof typeof BASE, unknown>>;
const text = (changes: Changes = {}) => JSON.stringify({ ...BASE, ...changes });
const plan = (here: Changes, there: Changes = {}) => planWarmStart("m-1", text(here), text(there));

Deno.test("planWarmStart() takes all of an equal network over", () => {
  const { inputMap, outputMaps } = plan({});
  assert.deepEqual([...inputMap], [0, 1]);
  assert.deepEqual(outputMaps, { action: [0, 1], risk: [0] });
});

Deno.test("planWarmStart() finds features by what they mean, wherever they are and whatever they are called", () => {
  const renamed = { norm: { kind: "none" }, params: { period: 7 }, source: "rsi", name: "quick" };
  const features = [feature("new", 50), feature("slow", 21), renamed, feature("fast", 8)];
  assert.deepEqual([...plan({ features }).inputMap], [-1, 1, 0, -1]);
});

Deno.test("planWarmStart() finds a head's values by their names, and begins what is new", () => {
  const heads = [
    { name: "action", type: "branch_q", values: ["short", "long", "flat"] },
    { name: "risk", type: "regression", target: "forward_return" },
    { name: "other", type: "regression", target: "forward_volatility" },
  ];
  assert.deepEqual(plan({ heads }).outputMaps, { action: [-1, 1, 0], risk: [-1], other: [-1] });
});

Deno.test("planWarmStart() of an afterstate's value knows no outputs of the heads that are candidates", () => {
  const stops = { name: "stop", type: "branch_q", values: ["none", 2] };
  const account = ["position", "stop_distance"];
  const heads = [BASE.heads[0], stops, BASE.heads[1]];
  assert.deepEqual(plan({ heads, account }).outputMaps, { action: [0, 1], risk: [0] });
});

Deno.test("planWarmStart() of branching values maps every head, and the account behind the features", () => {
  const sizes = (values: number[]) => ({ name: "size", type: "branch_q", values });
  const there = {
    value: "branching",
    account: ["position", "exposure"],
    heads: [BASE.heads[0], sizes([0.5, 1])],
  };
  const here = {
    value: "branching",
    account: ["position", "unrealised_pnl", "exposure"],
    heads: [BASE.heads[0], sizes([0.25, 0.5])],
    features: [feature("slow", 21)],
  };
  const { inputMap, outputMaps } = plan(here, there);
  assert.deepEqual([...inputMap], [1, 2, -1, 3]);
  assert.deepEqual(outputMaps, { action: [0, 1], size: [-1, 0] });
});

Deno.test("planWarmStart() begins value heads that are laid out otherwise", () => {
  assert.deepEqual(plan({ network: { trunk: [32], dueling: true } }).outputMaps, {
    action: [-1, -1],
    risk: [0],
  });
});

Deno.test("planWarmStart() refuses what differs elsewhere, naming it", () => {
  const refusal = (changes: Changes, there: Changes = {}) => {
    try {
      plan(changes, there);
    } catch (cause) {
      assert.ok(cause instanceof WarmStartError);
      return cause.message;
    }
    assert.fail("not refused");
  };
  const head = "Cannot start from m-1 as it must differ in features and heads alone: ";
  assert.equal(refusal({ data: { timeframe: "1h" } }), `${head}data.timeframe: "1h" here, "1d" there`);
  assert.equal(
    refusal({ network: { trunk: [64, 32] } }),
    `${head}network.trunk[0]: 64 here, 32 there; network.trunk[1]: 32 here, nothing there`,
  );
  assert.equal(refusal({ value: "branching" }), `${head}value: "branching" here, "afterstate" there`);
  const swapped = refusal({ account: ["position", "exposure"] }, { account: ["position", "bars_in_trade"] });
  assert.equal(swapped, `${head}account[1]: "exposure" here, "bars_in_trade" there`);
  assert.throws(() => planWarmStart("m-1", text(), "{"), /Cannot start from m-1 as the text of its schema/);
});
