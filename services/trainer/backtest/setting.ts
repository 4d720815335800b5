/** Everything that the command line, both files and a run make of a backtest, before anything is decided. */
import { checkShortable } from "../../core/config/instruments_config.ts";
import { loadConfigs } from "../../core/config/load_configs.ts";
import { commonRules, type MiscConfig, tradeRules } from "../../core/config/misc.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import { schemaText } from "../../core/model/schema_hash.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import { type MakeStateBuilder, rememberedDays, stateBuilders } from "../../core/features/state_builders.ts";
import { netOpener } from "../../core/lane/net_opener.ts";
import type { Feed } from "../../core/market/feed.ts";
import { openNamedFeed } from "../../core/market/feed_options.ts";
import type { FeedFiles } from "../../core/market/feed_paths.ts";
import { openInferenceEngine, openTrainerEngine } from "../../core/model/engine.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import type { QNetAddon } from "../../core/model/native_types.ts";
import { UsageError } from "../../core/runtime/command_line.ts";
import { type DecidingModels, foldModels, recordedModels, storedModel } from "./deciding_models.ts";
import { learnFolds } from "./fold_learning.ts";
import { type Fold, planFolds } from "./fold_plan.ts";
import { checkTerms } from "./check_terms.ts";
import { openRun } from "./open_run.ts";
import type { BacktestOptions } from "./options.ts";
import type { RecordedRun } from "./recorded_run.ts";
import { barsIn, type Span, spanOf, type TestedSpan } from "./span.ts";

export interface Setting extends Disposable {
  readonly config: ModelConfig;
  readonly misc: MiscConfig;
  readonly feed: Feed;
  readonly span: TestedSpan;
  readonly seed: number;
  readonly models: DecidingModels;
  /** What is decided again; null where no run is. */
  readonly run: RecordedRun | null;
  readonly inference: QNetAddon;
  readonly makeStateBuilder: MakeStateBuilder;
}

export interface SettingHooks {
  readonly files: FeedFiles;
  /** Told when the feed is open. */
  readonly onFeed: (feed: Feed) => void;
  /** Told before each fold is learned. */
  readonly onFold: (fold: Fold, index: number, folds: number, steps: number) => void;
  readonly signal: AbortSignal;
}

/** Loads, opens and learns what the backtest needs.
 * @throws {UsageError | RangeError | ConfigError | ModelStoreError} For what the user can mend. */
export async function makeSetting(options: BacktestOptions, hooks: SettingHooks): Promise<Setting> {
  checkTogether(options);
  const { config, misc: configured } = await loadConfigs(options);
  const misc = withFee(configured, options["fee-bps"]);
  const inference = openInferenceEngine(options["inference-addon"]);
  const openNet = netOpener(inference, config, misc.instruments);
  const common = {
    config,
    misc,
    seed: Number(options.seed),
    inference,
    makeStateBuilder: stateBuilders(config, misc),
  };
  const archive = new FolderModelStore(options["model-archive"]);
  const address = options["replay-models"];
  if (address !== undefined) {
    await using opened = await openRun(address, options.archive, misc);
    const { run } = opened;
    checkFeed(run.feed, config, misc);
    checkTerms(run, config, configured); // --fee-bps asks what other fees would have made of it
    const models = await recordedModels(run, [opened.models, archive], openNet);
    return disposing({ ...common, feed: run.feed, span: run.span, models, run });
  }
  const feed = await openNamedFeed({ ...options, feed: options.feed ?? "sp500" }, misc, hooks.files);
  hooks.onFeed(feed);
  checkFeed(feed, config, misc);
  const span = spanOf(feed, {
    from: options.from ?? null,
    to: options.to ?? null,
    trainUntil: options["train-until"] ?? null,
    bars: options.bars === undefined ? null : Number(options.bars),
    bootstrapShare: misc.feed.bootstrap_share,
  });
  const { model = "train" } = options;
  const models = model === "train"
    ? foldModels(await learn({ ...common, options, feed, span, hooks }), openNet)
    : await storedModel(await archive.resolve(model), archive, openNet, {
      schema: schemaText(config),
      symbols: feed.symbols,
      days: rememberedDays(config, misc.instruments, feed.symbols),
    });
  return disposing({ ...common, feed, span, models, run: null });
}

/** Options that would be passed over in silence. */
function checkTogether(options: BacktestOptions): void {
  const given = (names: readonly (keyof BacktestOptions)[]) =>
    names.filter((name) => options[name] !== undefined && !["0", "1"].includes(String(options[name])));
  const isReplay = options["replay-models"] !== undefined;
  const isStored = options.model !== undefined && options.model !== "train";
  const useless = isReplay
    ? given(["feed", "symbols", "columns", "model", "from", "to", "bars", "train-until", "folds", "embargo"])
    : isStored
    ? given(["train-until", "folds", "embargo"])
    : [];
  if (useless.length === 0) return;
  const reason = isReplay
    ? "a run that is replayed brings its bars and models"
    : `${options.model} is not trained again`;
  throw new UsageError(`Cannot use ${useless.map((name) => `--${name}`).join(", ")} as ${reason}`);
}

function checkFeed({ name, timeframe, symbols }: Feed, { data, heads }: ModelConfig, misc: MiscConfig): void {
  checkShortable(heads.action.values, misc.instruments, symbols);
  if (timeframe === data.timeframe) return;
  throw new RangeError(
    `Cannot use ${name} as its bars must be ${data.timeframe} long, as data.timeframe in the configuration says: ` +
      `they are ${timeframe}`,
  );
}

function withFee(misc: MiscConfig, feeBps: string | undefined): MiscConfig {
  return feeBps === undefined
    ? misc
    : { ...misc, costs: { ...misc.costs, taker_bps: Number(feeBps), maker_bps: Number(feeBps) } };
}

function disposing(setting: Omit<Setting, typeof Symbol.dispose>): Setting {
  return { ...setting, [Symbol.dispose]: () => setting.models[Symbol.dispose]() };
}

interface Learning
  extends Pick<Setting, "config" | "misc" | "feed" | "span" | "seed" | "inference" | "makeStateBuilder"> {
  readonly options: BacktestOptions;
  readonly hooks: SettingHooks;
}

function learn({ options, hooks, ...setting }: Learning) {
  const { config, misc, feed, span } = setting;
  const folds = planFolds(timesIn(feed, span), Number(options.folds), span);
  return learnFolds(folds, {
    ...setting,
    rulesOf: tradeRules(misc),
    space: decisionSpaceOf(config, commonRules(misc)),
    symbols: feed.symbols,
    days: rememberedDays(config, misc.instruments, feed.symbols),
    trainer: openTrainerEngine(options["trainer-addon"]),
    cuda: options["cuda-libraries"],
    signal: hooks.signal,
    embargo: Number(options.embargo),
    onFold: (fold, index, steps) => hooks.onFold(fold, index, folds.length, steps),
  });
}

function timesIn(feed: Feed, span: Span): number[] {
  const times = feed.symbols.flatMap((symbol) =>
    Array.from(barsIn(feed, symbol, span), (bar) => bar.openTimeMs)
  );
  return [...new Set(times)].sort((a, b) => a - b);
}
