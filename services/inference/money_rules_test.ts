/** A lane under every rule of money at once: the agent with its ledger, and the lane alone as a backtest takes it. */
import assert from "node:assert/strict";
import type { TradeRules } from "../core/account/trade_rules.ts";
import {
  type Decision,
  decisionStream,
  equityStream,
  fillStream,
  laneRecord,
} from "../core/contracts/lane.ts";
import { DecisionSpace } from "../core/decisions/decision_space.ts";
import { SCALARS } from "../core/decisions/scalars.ts";
import type { Lane } from "../core/lane/lane_step.ts";
import { toLaneState } from "../core/lane/lane_step.ts";
import { LANE_RULES, loadedModel, SPACE, STRATEGY } from "../core/lane/lane_testing.ts";
import { LaneTrader, type TradedBar } from "../core/lane/lane_trader.ts";
import { LocalRunner } from "../core/lane/model_runner.ts";
import type { Strategy } from "../core/lane/strategy.ts";
import { fakeModel } from "../core/testing/fake_network.ts";
import { ACCOUNT, barAt, DAY_MS, newBuilder, World } from "./inference_testing.ts";

const RULES: TradeRules = {
  ...LANE_RULES,
  makerBps: 1,
  minFee: 0.5,
  slippage: { model: "volume_share", bpsAtOnePercent: 0.5, power: 0.6, mostBps: 40 },
  entry: "limit",
  borrowBps: 250,
  marginBps: 600,
  maxLeverage: 2,
  maintenanceMargin: 0.2,
  cooldownBars: 1,
  stopCooldownBars: 2,
  tick: 0.01,
  lot: 1,
  minNotional: 100,
  multiplier: 5,
};
const EVERYTHING: Strategy = {
  ...STRATEGY,
  rulesOf: () => RULES,
  space: new DecisionSpace({
    ...SPACE,
    actions: ["flat", "long", "short"],
    sizes: [0.5, 2],
    stops: [0.5, 1],
    takes: [null, 0.6],
    isTrailing: true,
    scalars: SCALARS,
    cooldownBars: RULES.cooldownBars,
    stopCooldownBars: RULES.stopCooldownBars,
  }),
  heads: [{ name: "action", size: 3 }, { name: "risk", size: 1 }],
};
/** Goes against the first feature, as large as can be. */
const MODEL = await loadedModel(
  fakeModel([[0.2, 0], [-1, 0], [1, 0], [0, 0]], { SPX: 0.01 }, "schema", [
    [0, 0, 0, 0, 0, 0],
    [0.1, 0, 0, -0.2, 0.1, 0],
    [0.1, 0, 0, -0.2, 0.1, 0],
  ]),
);
const WARM = newBuilder(true).barsNeeded;
const LIVE = 150;

/** What the agent commits, with another replica from a bar on. */
async function committed(cut = 0) {
  const world = new World();
  await world.decideAll({ warm: WARM, live: LIVE, cut }, () => ({
    strategy: EVERYTHING,
    builder: newBuilder(true),
    currentModel: () => Promise.resolve(MODEL),
  }));
  const values = async <T>(entries: Promise<{ value: T }[]>) => (await entries).map(({ value }) => value);
  return {
    decisions: (await values(world.store.range(decisionStream(ACCOUNT, "SPX")))).map(timeless),
    fills: await values(world.store.range(fillStream(ACCOUNT, "SPX"))),
    equity: await values(world.store.range(equityStream(ACCOUNT, "SPX"))),
    state: (await world.store.get(laneRecord(ACCOUNT, "SPX")))!.state,
  };
}

/** What a lane that is kept in memory does with the same bars. */
async function replayed() {
  await using runner = new LocalRunner();
  const trader = new LaneTrader({
    account: ACCOUNT,
    symbol: "SPX",
    strategy: EVERYTHING,
    runner,
    confidenceAt: () => 0.5,
    replica: "backtest",
  });
  const builder = newBuilder(true);
  let lane: Lane | null = null;
  const traded: TradedBar[] = [];
  for (let t = 1; t <= WARM + LIVE; t++) {
    const bar = barAt(t);
    const state = builder.push(bar);
    if (t <= WARM) continue;
    const step: TradedBar = await trader.trade(lane, { bar, state, atr: builder.atr }, MODEL);
    lane = step.lane;
    traded.push(step);
  }
  return {
    decisions: traded.map(({ decision }) => timeless(decision)),
    fills: traded.flatMap(({ fills }) => fills),
    equity: traded.map(({ equity }) => equity),
    state: toLaneState(lane!),
  };
}

function timeless({ latencyMs: _latency, replica: _replica, ...rest }: Decision) {
  return rest;
}

Deno.test("InferenceAgent commits under every rule of money what the same lane does in memory, whoever leads it", async () => {
  const expected = await replayed();
  for (const cut of [0, 17, 60, 101]) assert.deepEqual(await committed(cut), expected);
});

Deno.test("InferenceAgent meets every rule of money, and says why what was ordered did not fill", async () => {
  const { decisions, fills, state } = await committed();
  const has = (what: string, found: boolean) => assert.ok(found, `nothing shows ${what}`);
  has(
    "an entry at its limit",
    fills.some(({ reason, liquidity }) => reason === "order" && liquidity === "maker"),
  );
  has("a take as a maker", fills.some(({ reason, liquidity }) => reason === "take" && liquidity === "maker"));
  has("a stop", fills.some(({ reason }) => reason === "stop"));
  has("a borrowed position", decisions.some(({ laneAccount }) => Number(laneAccount.cash) < 0));
  has("what was borrowed", Number(state.account.borrowPaid) > 0);
  assert.ok(fills.every(({ quantity }) => Number(quantity) % 5 === 0), "contracts of 5 units");
  assert.ok(fills.every(({ fee }) => Number(fee) >= 0.5));
  const voided = decisions.filter(({ verdict }) => verdict.reason.includes("void"));
  has("a void entry", voided.length > 0);
  for (const { barMs, verdict, laneAccount } of voided) {
    assert.match(
      verdict.reason,
      /^the order before is void as the price must pass its limit of [\d.]+: it went to [\d.]+; /,
    );
    assert.deepEqual([
      laneAccount.quantity,
      fills.some((fill) => fill.barMs === barMs && fill.reason !== "order"),
    ], [
      "0",
      false,
    ]);
  }
  const moved = decisions.filter(({ laneAccount: { trailDistance, stopPrice } }, index) => {
    const before = decisions[index - 1]?.laneAccount;
    return trailDistance !== "0" && before?.trailDistance === trailDistance && before.stopPrice !== stopPrice;
  });
  has("a stop that followed", moved.length > 0);
  assert.ok(decisions.every(({ barMs }) => barMs % DAY_MS === 0));
});
