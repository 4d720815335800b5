/** The decisions that the two configuration files allow together. Pure. */
import type { CommonRules } from "../account/trade_rules.ts";
import { branchHeads } from "../config/heads.ts";
import { ConfigError } from "../config/load_yaml.ts";
import type { ModelConfig } from "../config/model_config.ts";
import { DecisionSpace } from "./decision_space.ts";
import type { ScalarName } from "./scalars.ts";

/** What of the rules says which decisions there are. */
export type SpaceRules = Pick<CommonRules, "cooldownBars" | "stopCooldownBars" | "maxLeverage">;

/** @throws {ConfigError} If there is a cooldown that the account's inputs do not show, or a size that may not be borrowed. */
export function decisionSpaceOf(config: ModelConfig, rules: SpaceRules): DecisionSpace {
  const { cooldownBars, stopCooldownBars, maxLeverage } = rules;
  const largest = Math.max(...config.heads.size?.values ?? [1]);
  if (largest > maxLeverage) {
    throw new ConfigError("model_config.yaml with misc.yaml", [
      `heads.size.values must be at most margin.max_leverage in misc.yaml, ${maxLeverage}: one is ${largest}`,
    ]);
  }
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
