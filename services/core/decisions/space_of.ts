/** The decisions that the two configuration files allow together. Pure. */
import type { TradeRules } from "../account/costs.ts";
import { branchHeads } from "../config/heads.ts";
import { ConfigError } from "../config/load_yaml.ts";
import type { ModelConfig } from "../config/model_config.ts";
import { DecisionSpace } from "./decision_space.ts";
import type { ScalarName } from "./scalars.ts";

/** @throws {ConfigError} If there is a cooldown that the account's inputs do not show. */
export function decisionSpaceOf(config: ModelConfig, rules: TradeRules): DecisionSpace {
  const { cooldownBars, stopCooldownBars } = rules;
  const longest = Math.max(cooldownBars, stopCooldownBars);
  if (longest > 0 && !config.account.includes("cooldown_left")) {
    throw new ConfigError("model_config.yaml with misc.yaml", [
      `account must list cooldown_left where misc.yaml has a cooldown, as the value depends on it: it is ${longest} bars`,
    ]);
  }
  return new DecisionSpace({
    ...branchHeads(config.heads),
    scalars: config.account.filter((name): name is ScalarName => name !== "position"),
    cooldownBars,
    stopCooldownBars,
    turnoverPenalty: config.reward.terms.reduce(
      (sum, term) => term.kind === "turnover" ? sum + term.weight : sum,
      0,
    ),
  });
}
