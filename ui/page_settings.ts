/** What the page takes from the configuration. Pure. */
import type { MiscConfig } from "../services/core/config/misc.ts";
import { venueLabel } from "../services/core/config/venue_config.ts";
import type { FeatureConfig } from "../services/core/features/feature_config.ts";
import { regressionHeads } from "../services/core/config/heads.ts";
import type { ModelConfig } from "../services/core/config/model_config.ts";
import type { StateSetup } from "./history/state_history.ts";

export interface PageSettings {
  readonly account: string;
  readonly currency: string;
  readonly strategy: string;
  /** Where orders go: `paper`, `sandbox binance`, `live binance`. */
  readonly venue: string;
  /** What of the past may stay in Redis. */
  readonly archiveBudgetMb: number;
  /** Names of the action head's values, in the order of Q and costs. */
  readonly actionNames: readonly string[];
  /** In the order of the network's outputs. */
  readonly heads: readonly HeadSettings[];
  /** What the network sees of the market, in the order of the state. */
  readonly features: readonly string[];
  /** What it sees of the account beside the position class, in order. */
  readonly accountInputs: readonly string[];
}

/** What a head's outputs are. */
export interface HeadSettings {
  readonly name: string;
  /** Names of the values that are chosen from; null for a prediction. */
  readonly values: readonly string[] | null;
  /** Of its values, or of what it predicts. */
  readonly unit: string;
}

export function pageSettings(model: ModelConfig, misc: MiscConfig): PageSettings {
  const { action, size, stop, take } = model.heads;
  return {
    account: misc.account.name,
    currency: misc.account.currency,
    strategy: model.strategy,
    venue: venueLabel(misc.venue),
    archiveBudgetMb: misc.archive.redis_mb,
    actionNames: action.values,
    heads: [
      { name: "action", values: action.values, unit: "" },
      ...choiceOf("size", size?.values, "of equity"),
      ...choiceOf("stop", stop?.values, "ATR"),
      ...choiceOf("take", take?.values, "ATR"),
      ...regressionHeads(model.heads).map(([name]) => ({ name, values: null, unit: "σ" })),
    ],
    features: model.features.map(({ name }) => name),
    accountInputs: scalarsOf(model),
  };
}

/** How the states that the network sees are built. */
export function stateSetup({ features, data }: ModelConfig): StateSetup {
  return {
    features: features as readonly FeatureConfig[],
    warmupBars: data.warmup_bars,
    timeframe: data.timeframe,
  };
}

function choiceOf(
  name: string,
  values: readonly (number | string)[] | undefined,
  unit: string,
): HeadSettings[] {
  return values === undefined ? [] : [{ name, values: values.map(String), unit }];
}

/** As reasons list them: of branching values the position comes first. */
function scalarsOf({ account, learner }: ModelConfig): string[] {
  const scalars = account.filter((name) => name !== "position");
  return learner.value === "branching" ? ["position", ...scalars] : scalars;
}
