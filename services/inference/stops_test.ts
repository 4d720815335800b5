/** A lane whose positions have stops: the agent, the account and the ledger together. */
import assert from "node:assert/strict";
import { openAccount, toLaneAccount } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import { toLaneFill } from "../core/account/fills.ts";
import { parseMoney } from "../core/account/money.ts";
import { type Decision, decisionStream, fillStream } from "../core/contracts/lane.ts";
import { DecisionSpace } from "../core/decisions/decision_space.ts";
import { SCALARS } from "../core/decisions/scalars.ts";
import { LANE_RULES, loadedModel, SPACE, STRATEGY } from "../core/lane/lane_testing.ts";
import type { Strategy } from "../core/lane/strategy.ts";
import { fakeModel } from "../core/testing/fake_network.ts";
import { ACCOUNT, barAt, DAY_MS, newBuilder, World } from "./inference_testing.ts";

const RULES = { ...LANE_RULES, cooldownBars: 1, stopCooldownBars: 3 };
const STOPS: Strategy = {
  ...STRATEGY,
  rulesOf: () => RULES,
  space: new DecisionSpace({
    ...SPACE,
    sizes: [0.5, 1],
    stops: [null, 1],
    takes: [null, 2],
    scalars: SCALARS,
    cooldownBars: RULES.cooldownBars,
    stopCooldownBars: RULES.stopCooldownBars,
  }),
};
/** Likes to be long, with exits as near as can be, and with half of the equity. */
const MODEL = await loadedModel(
  fakeModel([[0, 0], [1, 0], [0, 0]], { SPX: 0.01 }, "schema", [[0, 0, 0, 0, 0, 0], [-0.5, 0, 0, 1, 1, 0]]),
);
const WARM = newBuilder(true).barsNeeded;
const LIVE = 60;

async function trade(world: World, cut = 0): Promise<Decision[]> {
  await world.decideAll({ warm: WARM, live: LIVE, cut }, () => ({
    strategy: STOPS,
    builder: newBuilder(true),
    currentModel: () => Promise.resolve(MODEL),
  }));
  return (await world.store.range(decisionStream(ACCOUNT, "SPX"))).map(({ value }) => value);
}

Deno.test("InferenceAgent places stops by the average true range, and its ledger is that of accountStep()", async () => {
  const world = new World();
  const decisions = await trade(world);
  let account = openAccount(parseMoney(STRATEGY.cash));
  let pending: Decision["order"] = null;
  const fills = [];
  for (const decision of decisions) {
    const bar = barAt(decision.barMs / DAY_MS);
    const step = accountStep(account, pending, bar, RULES);
    const at = { account: ACCOUNT, symbol: "SPX", barMs: decision.barMs };
    fills.push(...step.fills.map((fill) => toLaneFill(fill, at)));
    [account, pending] = [step.account, decision.order];
    assert.deepEqual(decision.laneAccount, toLaneAccount(account));
  }
  const stored = (await world.store.range(fillStream(ACCOUNT, "SPX"))).map(({ value }) => value);
  assert.deepEqual(stored, fills);
  assert.deepEqual([...new Set(stored.map(({ reason }) => reason))].sort(), ["order", "stop", "take"]);
  assert.ok(stored.every(({ reason, decidedAtMs }) => (reason === "order") === (decidedAtMs !== null)));
  const entry = decisions.find(({ order }) => order !== null)!;
  assert.deepEqual([entry.action, entry.size, entry.stop, entry.take], ["long", 0.5, 1, 2]);
  assert.deepEqual([entry.order?.stopDistance, entry.order?.takeDistance], [entry.atr, 2 * entry.atr!]);
  assert.equal(entry.chosen?.label, "long 0.5, stop 1, take 2");
});

Deno.test("InferenceAgent says that a stop was hit, and enters nothing until the cooldown is over", async () => {
  const decisions = await trade(new World());
  const hit = decisions.findIndex(({ verdict }) => verdict.reason.startsWith("stop hit at"));
  assert.ok(hit > 0);
  assert.match(
    decisions[hit].verdict.reason,
    /^stop hit at \d+\.\d+; nothing may be entered for 3 more bars after an exit$/,
  );
  const after = decisions.slice(hit, hit + 4);
  assert.deepEqual(after.map(({ laneAccount }) => laneAccount.cooldownLeft), [3, 2, 1, 0]);
  assert.deepEqual(after.map(({ order }) => order?.target ?? null), [null, null, null, 0.5]);
  assert.deepEqual(after.map(({ runnerUp }) => runnerUp === null), [true, true, true, false]);
  assert.deepEqual(after[0].heads.action, [0, null]);
});

Deno.test("InferenceAgent goes on with stops and cooldowns where another replica has left off", async () => {
  const essence = ({ latencyMs: _, ...rest }: Decision) => rest;
  const whole = (await trade(new World())).map(essence);
  for (const cut of [7, 23, 41]) assert.deepEqual((await trade(new World(), cut)).map(essence), whole);
});
