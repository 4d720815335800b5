/** `deno task lookahead`: proves that the features of a configuration do not see the future, on the user's own bars. */
import { loadConfigs } from "../../core/config/load_configs.ts";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { MiscConfig } from "../../core/config/misc.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { FeatureConfig } from "../../core/features/feature_config.ts";
import { checkGolden } from "../../core/features/proofs/golden_check.ts";
import { checkPrefix } from "../../core/features/proofs/prefix_check.ts";
import { productStates } from "../../core/features/proofs/under_proof.ts";
import { checkWarmUp } from "../../core/features/proofs/warmup_check.ts";
import { featureDays } from "../../core/features/state_builders.ts";
import { dirtLines } from "../../core/market/dirt_tally.ts";
import type { Feed } from "../../core/market/feed.ts";
import { feedOptions, openNamedFeed } from "../../core/market/feed_options.ts";
import type { SessionDays } from "../../core/market/session_days.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { helpText, mustBe, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { configOptions } from "../../core/runtime/process_options.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { describeProofs, type Proofs, type SymbolProofs, verdictOf } from "./report.ts";

const OPTIONS = {
  ...feedOptions,
  bars: {
    help: "The last so many bars of each symbol.",
    value: "N",
    default: "10000",
    check: mustBe.integer(3, 1_000_000),
  },
  ...configOptions,
  json: { help: "One JSON document on stdout, everything else on stderr." },
} as const;

const SUMMARY =
  "Proves that no feature sees the future: states of a cut history equal those of the whole (prefix), a " +
  "start in\nthe middle agrees after warmup_bars (warm-up), and the indicators equal TA-Lib (golden). Ends with 1 if " +
  "one fails,\nwith 2 if it cannot run.";

const LEAKS = 1;
const CANNOT_RUN = 2;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(Deno.stdout, helpText("lookahead", SUMMARY, OPTIONS));
    return 0;
  }
  try {
    const options = parseOptions(args, OPTIONS);
    const { config, misc } = await loadConfigs(options);
    const limit = Number(options.bars);
    const feed = await openNamedFeed(options, misc, Deno);
    checkTimeframe(feed, config);
    const proofs: Proofs = {
      config: options.config,
      feed: feed.name,
      timeframe: feed.timeframe,
      warmupBars: config.data.warmup_bars,
      dirt: dirtLines(feed.dirt),
      golden: checkGolden(featuresOf(config), await sp500()),
      symbols: feed.symbols.map((symbol) =>
        proveSymbol(config, feed, symbol, limit, featureDays(config, misc.instruments, symbol))
      ),
    };
    const verdict = verdictOf(proofs);
    if (options.json) writeText(Deno.stdout, `${JSON.stringify({ ...verdict, ...proofs }, null, 2)}\n`);
    writeText(options.json ? Deno.stderr : Deno.stdout, describeProofs(proofs, verdict));
    return verdict.passed ? 0 : LEAKS;
  } catch (cause) {
    const forPeople = [UsageError, ConfigError, RangeError].some((type) => cause instanceof type);
    writeText(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return CANNOT_RUN;
  }
}

function proveSymbol(
  config: ModelConfig,
  feed: Feed,
  symbol: string,
  limit: number,
  days: SessionDays,
): SymbolProofs {
  const { timeframe, warmup_bars: warmupBars } = config.data;
  const features = featuresOf(config);
  const bars = [...feed.bars(symbol)].slice(-limit);
  if (bars.length < warmupBars + 2) {
    throw new RangeError(
      `Cannot prove anything on ${symbol} of ${feed.name} as it must have at least ${warmupBars + 2} bars ` +
        `(data.warmup_bars and 2 more): it has ${bars.length}`,
    );
  }
  return {
    symbol,
    bars: bars.length,
    days: days.name,
    prefix: checkPrefix(productStates(features, warmupBars, timeframe, days), bars, warmupBars),
    warmUp: checkWarmUp(
      features.map((feature) => productStates([feature], 0, timeframe, days)),
      bars,
      warmupBars,
    ),
  };
}

function checkTimeframe(feed: Feed, { data }: ModelConfig): void {
  if (feed.timeframe === data.timeframe) return;
  throw new RangeError(
    `Cannot use ${feed.name} as its bars must be ${data.timeframe} long, as data.timeframe in the configuration says: ` +
      `they are ${feed.timeframe}`,
  );
}

async function sp500() {
  const rules = MiscConfig.parse({});
  const feed = await openFeed("sp500", { symbols: null, seed: 1, files: Deno, rules });
  return [...feed.bars(feed.symbols[0]!)];
}

function featuresOf(config: ModelConfig): readonly FeatureConfig[] {
  return config.features as readonly FeatureConfig[];
}

if (import.meta.main) Deno.exit(await main(Deno.args));
