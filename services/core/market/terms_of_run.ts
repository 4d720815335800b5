/** The terms of a run, from its configuration. Pure.
 *
 * Limits of risk, the gate, how fast is learned and how the system runs may change while a run goes on. */
import { instrumentOf } from "../config/instruments_config.ts";
import type { MiscConfig } from "../config/misc.ts";
import type { ModelConfig } from "../config/model_config.ts";
import type { RunTerms } from "../contracts/run_terms.ts";
import { schemaText } from "../model/schema_hash.ts";

/** As `--feed` and `--seed` have it. */
export interface NamedFeed {
  readonly feed: string;
  readonly seed: string;
}

export function termsOf(
  named: NamedFeed,
  config: ModelConfig,
  misc: MiscConfig,
  symbols: readonly string[],
): RunTerms {
  const { account, costs, margin, venue: { broker, exchange, sandbox }, instruments } = misc;
  const steps = symbols.map((symbol) => {
    const { tick, lot, min_notional, multiplier } = instrumentOf(instruments, symbol) ?? {};
    return [symbol, { tick, lot, min_notional, multiplier }] as const;
  });
  const rules = {
    account,
    costs,
    margin,
    venue: broker === "paper" ? { broker } : { broker, exchange, sandbox },
    instruments: Object.fromEntries(steps),
    ...marketTerms(named, misc),
  };
  return { schema: schemaText(config), rules: JSON.stringify(rules) };
}

/** What else makes the bars, by the kind of the feed. */
function marketTerms({ feed, seed }: NamedFeed, misc: MiscConfig): object {
  if (feed.startsWith("synthetic:")) return { seed: Number(seed) };
  if (feed.startsWith("ccxt:")) return { exchange: { sandbox: misc.exchange.sandbox } };
  return /^(?:csv|parquet):/.test(feed) ? { feed: { timezone: misc.feed.timezone } } : {};
}
