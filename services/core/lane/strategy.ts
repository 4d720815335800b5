/** What every lane trades with. */
import type { RulesOf } from "../account/trade_rules.ts";
import { commonRules, type MiscConfig, tradeRules } from "../config/misc.ts";
import type { ModelConfig } from "../config/model_config.ts";
import { riskRules } from "../config/risk.ts";
import type { DecisionSpace } from "../decisions/decision_space.ts";
import { decisionSpaceOf } from "../decisions/space_of.ts";
import type { FeatureConfig } from "../features/feature_config.ts";
import { type OutputHead, outputHeads } from "../model/head_outputs.ts";
import { netSpec } from "../model/schema_hash.ts";
import { featureClips } from "../risk/clipped_features.ts";
import type { RiskRules } from "../risk/risk_rules.ts";

export interface Strategy {
  readonly name: string;
  readonly timeframe: string;
  /** Of each lane at its start. */
  readonly cash: string;
  readonly rulesOf: RulesOf;
  readonly risk: RiskRules;
  /** Absolute value at which each feature is cut off; null for one that cannot be. */
  readonly clips: readonly (number | null)[];
  readonly space: DecisionSpace;
  /** What the network's values are of: the account after a decision, or each choice of each branch. */
  readonly value: "afterstate" | "branching";
  /** What a row of the network's outputs holds. */
  readonly heads: readonly OutputHead[];
  /** Of what is drawn at random. */
  readonly seed: number;
}

/** @throws {ConfigError} If the two files do not fit together. */
export function strategyOf(config: ModelConfig, misc: MiscConfig, timeframe: string): Strategy {
  return {
    name: config.strategy,
    timeframe,
    cash: String(misc.account.cash_per_lane),
    rulesOf: tradeRules(misc),
    risk: riskRules(misc.risk),
    clips: featureClips(config.features as readonly FeatureConfig[]),
    space: decisionSpaceOf(config, commonRules(misc)),
    value: config.learner.value,
    heads: outputHeads(netSpec(config)),
    seed: config.learner.seed,
  };
}
