/** `deno task backtest`: what a model would have earned on recorded bars, by the product's own states, decisions and money. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { needsAtr } from "../../core/config/heads.ts";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { loadMiscConfig, type MiscConfig, tradeRules } from "../../core/config/misc.ts";
import { loadModelConfig, type ModelConfig } from "../../core/config/model_config.ts";
import { ModelVersion } from "../../core/contracts/model.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { strategyOf } from "../../core/lane/strategy.ts";
import type { Feed } from "../../core/market/feed.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { returnsOf } from "../../core/metrics/performance.ts";
import { openInferenceEngine, openTrainerEngine } from "../../core/model/engine.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import type { QNetAddon } from "../../core/model/native_types.ts";
import { schemaHash } from "../../core/model/schema_hash.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { addonOptions } from "../../core/runtime/process.ts";
import { type Backtest, runBacktest } from "./backtest.ts";
import { type DecidingModels, foldModels, storedModel } from "./deciding_models.ts";
import { EntryWriter } from "./entry_writer.ts";
import { learnFolds } from "./fold_learning.ts";
import { type Fold, planFolds } from "./fold_plan.ts";
import { reportPage } from "./page/report_page.ts";
import { type BacktestReport, reportOf } from "./report.ts";
import { dateOf, describeReport, type ReportHead } from "./report_text.ts";
import { type Span, spanOf, type TestedSpan } from "./span.ts";
import { barsId, TrialLog } from "./trial_log.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

const OPTIONS = {
  feed: { help: "sp500, csv:PATH or synthetic:NAME.", value: "FEED", default: "sp500" },
  symbols: { help: "How many (synthetic), or a comma list.", value: "N|LIST" },
  model: {
    help: "A stored version, or train: learn from the bars before those that are tested.",
    value: "VERSION|train",
    default: "train",
    check: (text: string) =>
      text === "train" || ModelVersion.safeParse(text).success
        ? null
        : "must be train, or m- and 16 hex digits",
  },
  from: {
    help: "First bar that is decided. Default: where `deno task dev` would begin to decide.",
    value: "DATE",
  },
  to: { help: "Last bar that is decided. Default: the last one.", value: "DATE" },
  bars: { help: "Decide so many bars of each symbol at most.", value: "N", check: mustBe.integer(3) },
  "train-until": {
    help: "With train: learn from nothing from here on. Default: from.",
    value: "DATE",
  },
  folds: {
    help: "With train: walk forward in so many folds, each by a model of all that came before it.",
    value: "N",
    default: "1",
    check: mustBe.integer(1, 1_000),
  },
  embargo: {
    help: "With train: leave out so many bars before each fold, beside those whose reward reaches into it.",
    value: "BARS",
    default: "0",
    check: mustBe.integer(0, 1_000_000),
  },
  "fee-bps": {
    help: "Commission in basis points a side, instead of the configured one.",
    value: "BPS",
    check: (text: string) =>
      Number(text) >= 0 && Number(text) <= 1_000 ? null : "must be a number from 0 to 1000",
  },
  seed: {
    help: "Seed of weights, draws, resampling and a synthetic feed.",
    value: "N",
    default: "1",
    check: mustBe.integer(0, 4_294_967_295),
  },
  report: {
    help: "Write a page with curves, trades and months: one file that needs nothing else.",
    value: "PATH",
  },
  entries: { help: "Write every decision, fill and equity, one JSON document a line.", value: "PATH" },
  json: { help: "Print all figures and curves as one JSON document on stdout." },
  "model-archive": { help: "Folder of stored versions. Default: .rltrader/models.", value: "PATH" },
  trials: {
    help: "Folder that remembers what was tried on which bars. Default: .rltrader/trials.",
    value: "PATH",
  },
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  ...addonOptions,
  config: { help: "The model's configuration. Default: docs/model_config.yaml.", value: "PATH" },
  misc: { help: "Everything else that is configured. Default: docs/misc.yaml.", value: "PATH" },
} as const;
type BacktestOptions = Options<typeof OPTIONS>;

/** What is told without a stack: the user can mend it. */
const FOR_PEOPLE = [UsageError, ConfigError, RangeError, ModelStoreError];

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    write(
      Deno.stdout,
      helpText("backtest", "Tests a model on recorded bars as it would trade them.", OPTIONS),
    );
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  try {
    await backtest(parseOptions(args, OPTIONS), stop.signal);
    return 0;
  } catch (cause) {
    const forPeople = FOR_PEOPLE.some((type) => cause instanceof type);
    write(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

/** What the command line and both files make of a backtest. */
interface Setting {
  readonly options: BacktestOptions;
  readonly config: ModelConfig;
  readonly misc: MiscConfig;
  readonly feed: Feed;
  readonly span: TestedSpan;
  readonly seed: number;
  readonly inference: QNetAddon;
  readonly makeStateBuilder: () => StateBuilder;
  readonly signal: AbortSignal;
}

async function backtest(options: BacktestOptions, signal: AbortSignal): Promise<void> {
  const setting = await settingOf(options, signal);
  const { config, misc, feed, span, seed, inference, makeStateBuilder } = setting;
  using models = await modelsOf(setting);
  using entries = options.entries === undefined ? null : new EntryWriter(fromCaller(options.entries));
  const found = await runBacktest({
    feed,
    span,
    strategy: strategyOf(config, misc, feed.timeframe),
    account: misc.account.name,
    models,
    confidenceAt: inference.confidenceAt,
    makeStateBuilder,
    seed,
    onBar: (traded) => entries?.write(traded),
    signal,
  });
  const head = headOf(setting, models);
  const report = reportOf(found, await trialsOf(setting, models, found), seed);
  if (options.report !== undefined) {
    await Deno.writeTextFile(fromCaller(options.report), reportPage(head, report, found, feed));
  }
  if (options.json) write(Deno.stdout, `${JSON.stringify(jsonOf(head, report, models, found), null, 2)}\n`);
  else write(Deno.stdout, describeReport(head, report));
}

async function settingOf(options: BacktestOptions, signal: AbortSignal): Promise<Setting> {
  const config = await loadModelConfig(inDocs(options.config, "model_config.yaml"));
  const misc = withFee(await loadMiscConfig(inDocs(options.misc, "misc.yaml")), options["fee-bps"]);
  const seed = Number(options.seed);
  const feed = await openFeed(absoluteFeed(options.feed), {
    symbols: options.symbols ?? null,
    seed,
    readFile: Deno.readFile,
  });
  const { features, data, heads } = config;
  if (feed.timeframe !== data.timeframe) {
    throw new RangeError(
      `Cannot use ${feed.name} as its bars must be ${data.timeframe} long, as data.timeframe in the configuration says: ` +
        `they are ${feed.timeframe}`,
    );
  }
  const span = spanOf(feed, {
    from: options.from ?? null,
    to: options.to ?? null,
    trainUntil: options["train-until"] ?? null,
    bars: options.bars === undefined ? null : Number(options.bars),
    bootstrapShare: misc.feed.bootstrap_share,
  });
  return {
    options,
    config,
    misc,
    feed,
    span,
    seed,
    inference: openInferenceEngine(options["inference-addon"]),
    makeStateBuilder: () =>
      new StateBuilder(features, data.warmup_bars, data.timeframe, { atr: needsAtr(heads) }),
    signal,
  };
}

/** The models that decide: the stored one, or those that are learned now. */
async function modelsOf(setting: Setting): Promise<DecidingModels> {
  const { options, config, misc, feed, span, seed, inference, signal } = setting;
  const hash = schemaHash(config);
  const openNet = (blob: Uint8Array) => inference.QNet.fromBytes(blob, hash);
  if (options.model !== "train") {
    const archive = options["model-archive"] ?? join(ROOT, ".rltrader/models");
    return await storedModel(options.model, new FolderModelStore(fromCaller(archive)), openNet);
  }
  const rules = tradeRules(misc);
  const folds = planFolds(timesIn(feed, span), Number(options.folds), span);
  const learned = await learnFolds(folds, {
    config,
    rules,
    space: decisionSpaceOf(config, rules),
    symbols: feed.symbols,
    seed,
    trainer: openTrainerEngine(options["trainer-addon"]),
    inference,
    signal,
    feed,
    makeStateBuilder: setting.makeStateBuilder,
    embargo: Number(options.embargo),
    onFold: (fold, index, steps) => sayFold(fold, index, folds.length, steps),
  });
  return foldModels(learned, openNet);
}

function sayFold({ fromMs, toMs, trainUntilMs }: Fold, index: number, folds: number, steps: number): void {
  const name = folds === 1 ? "model" : `fold ${index + 1} of ${folds}`;
  write(
    Deno.stderr,
    `  ${name}: learns ${steps} steps before ${dateOf(trainUntilMs)}, decides ${dateOf(fromMs)} to ${
      dateOf(toMs)
    }\n`,
  );
}

/** Remembers this backtest among those of the same bars. */
async function trialsOf({ options, feed, span, misc }: Setting, models: DecidingModels, found: Backtest) {
  const bars = barsId(feed.symbols.flatMap((symbol) => [...inSpan(feed, symbol, span)]));
  const folder = fromCaller(options.trials ?? join(ROOT, ".rltrader/trials"));
  const what = `${models.versions.join(", ")}; ${JSON.stringify(misc.costs)}`;
  const returns = [...returnsOf(found.model.curve.equity)];
  return await new TrialLog(folder, bars).add({ id: what, what, returns });
}

function headOf({ feed, span, misc }: Setting, models: DecidingModels): ReportHead {
  const { versions, learnedThroughMs } = models;
  const { feeBps, halfSpreadBps, slippageBps } = tradeRules(misc);
  const isKnown = learnedThroughMs !== null && learnedThroughMs >= span.fromMs;
  return {
    feed: feed.name,
    note: feed.note,
    symbols: feed.symbols,
    model: versions.length === 1 ? `model ${versions[0]}` : `${versions.length} models, one a fold`,
    costBps: feeBps + halfSpreadBps + slippageBps,
    currency: misc.account.currency,
    warnings: isKnown
      ? [
        `No test: ${versions[0]} has learned from bars up to ${dateOf(learnedThroughMs)}. ` +
        `Say --from a later date, or --model train.`,
      ]
      : [],
  };
}

function jsonOf(head: ReportHead, report: BacktestReport, models: DecidingModels, found: Backtest): object {
  const curveOf = ({ curve }: Backtest["model"]) => [...curve.equity];
  return {
    ...head,
    versions: models.versions,
    ...report,
    curves: {
      timesMs: [...found.model.curve.timesMs],
      model: curveOf(found.model),
      buyAndHold: curveOf(found.buyAndHold),
      random: curveOf(found.random),
      smaCrossover: curveOf(found.smaCrossover),
    },
    fills: found.model.books.flatMap(({ fills }) => fills),
  };
}

function timesIn(feed: Feed, span: Span): number[] {
  const times = feed.symbols.flatMap((symbol) =>
    [...inSpan(feed, symbol, span)].map((bar) => bar.openTimeMs)
  );
  return [...new Set(times)].sort((a, b) => a - b);
}

function* inSpan(feed: Feed, symbol: string, { fromMs, toMs }: Span) {
  const bars = feed.bars(symbol);
  for (let index = bars.firstAfter(fromMs - 1); index < bars.firstAfter(toMs); index++) yield bars.at(index);
}

function withFee(misc: MiscConfig, feeBps: string | undefined): MiscConfig {
  return feeBps === undefined ? misc : { ...misc, costs: { ...misc.costs, fee_bps: Number(feeBps) } };
}

function inDocs(path: string | undefined, name: string): string {
  return path === undefined ? join(ROOT, "docs", name) : fromCaller(path);
}

/** A task runs in the checkout: a relative path means the folder that its caller stands in. */
function fromCaller(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

function absoluteFeed(feed: string): string {
  return feed.startsWith("csv:") ? `csv:${fromCaller(feed.slice("csv:".length))}` : feed;
}

function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
