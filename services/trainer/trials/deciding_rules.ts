/** Everything in both files that the result of given models on given bars depends on: a change of it is another try. Pure. */
import type { MiscConfig } from "../../core/config/misc.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import { schemaText } from "../../core/model/schema_hash.ts";

export function decidingRules(config: ModelConfig, misc: MiscConfig): object {
  const { account: { cash_per_lane }, costs, margin, risk, instruments } = misc;
  const { seed } = config.learner; // of what is drawn, to explore
  return { schema: schemaText(config), seed, cash_per_lane, costs, margin, risk, instruments };
}
