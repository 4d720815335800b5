/** A small strategy and a small network to trade a lane with. */
import { FREE } from "../account/account_testing.ts";
import type { TradeRules } from "../account/trade_rules.ts";
import { DecisionSpace, type DecisionSpaceParts } from "../decisions/decision_space.ts";
import { contentAddress } from "../model/model_store.ts";
import type { RiskRules } from "../risk/risk_rules.ts";
import { NO_LIMITS } from "../risk/risk_testing.ts";
import { fakeModel, openFakeNetwork } from "../testing/fake_network.ts";
import { type LoadedModel, loadModel } from "./loaded_model.ts";
import type { Strategy } from "./strategy.ts";

/** Long or flat, and nothing else. */
export const SPACE: DecisionSpaceParts = {
  actions: ["flat", "long"],
  sizes: null,
  stops: null,
  takes: null,
  isTrailing: false,
  scalars: [],
  cooldownBars: 0,
  stopCooldownBars: 0,
  turnoverPenalty: 0,
};
/** No limit on anything. */
export const NO_RULES: RiskRules = {
  lane: NO_LIMITS,
  portfolio: NO_LIMITS,
  onDailyLoss: "refuse",
  onDrawdown: "refuse",
  staleAfterMs: null,
  maxClippedShare: null,
};
export const LANE_RULES: TradeRules = { ...FREE, takerBps: 3, makerBps: 3, halfSpreadBps: 1 };
export const STRATEGY: Strategy = {
  name: "test",
  timeframe: "1d",
  cash: "100000",
  rulesOf: () => LANE_RULES,
  risk: NO_RULES,
  clips: [null, 5],
  space: new DecisionSpace(SPACE),
  value: "afterstate",
  heads: [{ name: "action", size: 2 }, { name: "risk", size: 1 }],
  seed: 1,
};

/** Of two features: long is worth more when the first one is low; risk is the second one. */
export const MODEL_BLOB = fakeModel([[1, 0.5], [-1, -0.5], [0, 1]], { SPX: 0.01, BTC: 0.02, ETH: 0.02 });

export async function loadedModel(blob = MODEL_BLOB): Promise<LoadedModel> {
  return loadModel((await contentAddress(blob)).version, blob, openFakeNetwork);
}
