/** Whether a run is replayed by the rules of money that it had. Pure. */
import type { MiscConfig } from "../../core/config/misc.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import { termsOf } from "../../core/market/terms_of_run.ts";
import { describeSchemaDifference } from "../../core/model/schema_hash.ts";
import type { RecordedRun } from "./recorded_run.ts";

/** What makes the bars is no matter: they are the run's. */
const MONEY = ["account", "costs", "margin", "venue", "instruments"] as const;

/** Runs that were begun before their terms were kept pass. @throws {RangeError} With each difference, and what to do. */
export function checkTerms(
  { feed: { name, symbols }, terms }: Pick<RecordedRun, "feed" | "terms">,
  config: ModelConfig,
  misc: MiscConfig,
): void {
  if (terms === null) return;
  const here = termsOf({ feed: name, seed: "0" }, config, misc, symbols);
  const differences = describeSchemaDifference(moneyOf(here.rules), moneyOf(terms.rules));
  if (differences.length === 0) return;
  throw new RangeError(
    [
      `Cannot replay the run of ${name} as money must go by the rules that it was begun with:`,
      ...differences.map((difference) => `  misc.yaml: ${difference}`),
      "Replay it with the --misc of that run (there).",
    ].join("\n"),
  );
}

function moneyOf(rules: string): string {
  const all = JSON.parse(rules) as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(MONEY.map((name) => [name, all[name]])));
}
