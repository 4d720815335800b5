/** The product's decisions on a market with stops, by configuration. */
import { Heads } from "../../../core/config/heads.ts";
import type { ModelConfig } from "../../../core/config/model_config.ts";
import type { DecisionSpace } from "../../../core/decisions/decision_space.ts";
import { decisionSpaceOf } from "../../../core/decisions/space_of.ts";
import { threePositions } from "../learner_maker.ts";
import { STOPS } from "./stop_market.ts";

/** Costs are the market's, and nothing has to be waited for. */
const RULES = { cooldownBars: 0, stopCooldownBars: 0, maxLeverage: 1 };

/** A configuration with three positions and a stop to choose, and with what the value of a trade depends on. */
export function withStops(config: ModelConfig): ModelConfig {
  const three = threePositions(config);
  const stop = { type: "branch_q", values: ["none", ...STOPS] };
  return {
    ...three,
    account: ["position", "unrealised_pnl", "bars_in_trade", "stop_distance"],
    heads: Heads.parse({ ...three.heads, stop }),
  };
}

export function stopDecisions(config: ModelConfig): DecisionSpace {
  return decisionSpaceOf(withStops(config), RULES);
}
