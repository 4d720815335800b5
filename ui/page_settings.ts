/** What the page takes from the configuration. Pure. */
import type { MiscConfig } from "../services/core/config/misc.ts";
import type { ModelConfig } from "../services/core/config/model_config.ts";

export interface PageSettings {
  readonly account: string;
  readonly currency: string;
  readonly strategy: string;
  /** What of the past may stay in Redis. */
  readonly archiveBudgetMb: number;
  /** Names of the action head's values, in the order of Q and costs. */
  readonly actionNames: readonly string[];
}

export function pageSettings(model: ModelConfig, misc: MiscConfig): PageSettings {
  const { action } = model.heads;
  return {
    account: misc.account.name,
    currency: misc.account.currency,
    strategy: model.strategy,
    archiveBudgetMb: misc.archive.redis_mb,
    actionNames: action.values,
  };
}
