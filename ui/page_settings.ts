/** What the page takes from the configuration. Pure. */
import type { MiscConfig } from "../services/core/config/misc.ts";
import { venueLabel } from "../services/core/config/venue_config.ts";
import type { ModelConfig } from "../services/core/config/model_config.ts";

export interface PageSettings {
  readonly account: string;
  readonly currency: string;
  readonly strategy: string;
  /** Where orders go: `paper`, `sandbox binance`, `live binance`. */
  readonly venue: string;
  /** Names of the action head's values, in the order of Q and costs. */
  readonly actionNames: readonly string[];
}

export function pageSettings(model: ModelConfig, misc: MiscConfig): PageSettings {
  const { action } = model.heads;
  return {
    account: misc.account.name,
    currency: misc.account.currency,
    strategy: model.strategy,
    venue: venueLabel(misc.venue),
    actionNames: action.values,
  };
}
