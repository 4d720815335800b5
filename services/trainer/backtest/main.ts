/** `deno task backtest`: what a model would have earned on recorded bars, by the product's own states, decisions and money. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { commonRules } from "../../core/config/misc.ts";
import { strategyOf } from "../../core/lane/strategy.ts";
import { dirtLines } from "../../core/market/dirt_tally.ts";
import type { Feed } from "../../core/market/feed.ts";
import { feedAt } from "../../core/market/feed_options.ts";
import { returnsOf } from "../../core/metrics/performance.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { helpText, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { type Backtest, runBacktest } from "./backtest.ts";
import { describeCosts } from "./costs_text.ts";
import { EntryWriter } from "./entry_writer.ts";
import { barsPerYear } from "./figures.ts";
import { type Fold, isUnknown } from "./fold_plan.ts";
import { BACKTEST_OPTIONS, type BacktestOptions } from "./options.ts";
import { reportPage } from "./page/report_page.ts";
import { reportOf } from "./report.ts";
import { dateOf, describeReport, type ReportHead } from "./report_text.ts";
import { describeParity, type RunParity, RunParityCheck } from "./run_parity.ts";
import { RunInputs } from "./run_inputs.ts";
import { makeSetting, type Setting } from "./setting.ts";
import { barsIn } from "./span.ts";
import { barsId, TrialLog } from "./trial_log.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** What is told without a stack: the user can mend it. */
const FOR_PEOPLE = [
  UsageError,
  ConfigError,
  RangeError,
  ModelStoreError,
  RedisRefusedError,
  RedisUnavailableError,
];
const CANNOT_RUN = 1;
/** A run and its backtest differ. */
const DIFFERS = 3;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    const summary = "Tests a model on recorded bars as it would trade them.";
    write(Deno.stdout, helpText("backtest", summary, BACKTEST_OPTIONS));
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  try {
    const parity = await backtest(absolute(parseOptions(args, BACKTEST_OPTIONS)), stop.signal);
    return parity !== null && parity.differing > 0 ? DIFFERS : 0;
  } catch (cause) {
    const forPeople = FOR_PEOPLE.some((type) => cause instanceof type);
    write(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return CANNOT_RUN;
  }
}

async function backtest(options: BacktestOptions, signal: AbortSignal): Promise<RunParity | null> {
  using setting = await makeSetting(options, { files: Deno, onFeed: sayDirt, onFold: sayFold, signal });
  const { config, misc, feed, span, seed, inference, models, makeStateBuilder, run } = setting;
  using entries = options.entries === undefined ? null : new EntryWriter(options.entries);
  const check = run === null ? null : new RunParityCheck(run.lanes);
  const found = await runBacktest({
    feed,
    span,
    strategy: strategyOf(config, misc, feed.timeframe),
    account: misc.account.name,
    models,
    confidenceAt: inference.confidenceAt,
    makeStateBuilder,
    seed,
    ...(run !== null && { run: new RunInputs(run) }),
    onBar(traded) {
      entries?.write(traded);
      check?.see(traded);
    },
    signal,
  });
  const parity = check?.result() ?? null;
  const { learnedThroughMs } = models;
  const isTest = learnedThroughMs === null || isUnknown(feed, span, learnedThroughMs);
  const head = headOf(setting, found, parity, isTest);
  const trials = await trialsOf(setting, options.trials, found);
  const report = reportOf({ backtest: found, trials, isTest, barsPerYear: barsPerYearOf(feed, found), seed });
  if (options.report !== undefined) {
    await Deno.writeTextFile(options.report, reportPage(head, report, found, feed));
  }
  const document = { ...head, versions: models.versions, parity, ...report, ...curvesOf(found) };
  write(
    Deno.stdout,
    options.json ? `${JSON.stringify(document, null, 2)}\n` : describeReport(head, report),
  );
  return parity;
}

function sayDirt({ dirt }: Feed): void {
  for (const line of dirtLines(dirt)) write(Deno.stderr, `  data  ${line}\n`);
}

function sayFold(
  { fromMs, toMs, trainUntilMs }: Fold,
  index: number,
  folds: number,
  steps: number,
): void {
  const name = folds === 1 ? "model" : `fold ${index + 1} of ${folds}`;
  const decides = `decides ${dateOf(fromMs)} to ${dateOf(toMs)}`;
  write(Deno.stderr, `  ${name}: learns ${steps} steps before ${dateOf(trainUntilMs)}, ${decides}\n`);
}

/** The calendar's where all symbols share one, else by the times of all bars together. */
function barsPerYearOf(feed: Feed, { model }: Backtest): number {
  const own = new Set(feed.symbols.map((symbol) => feed.barsPerYear(symbol)));
  return own.size === 1 ? [...own][0]! : barsPerYear(model.curve.timesMs);
}

/** Remembers this backtest among those of the same bars. */
async function trialsOf({ feed, span, misc, models }: Setting, folder: string, found: Backtest) {
  const bars = barsId(feed.symbols.flatMap((symbol) => [...barsIn(feed, symbol, span)]));
  const what = `${models.versions.join(", ")}; ${JSON.stringify(misc.costs)}`;
  const returns = [...returnsOf(found.model.curve.equity)];
  return await new TrialLog(folder, bars).add({ id: what, what, returns });
}

function headOf(
  { feed, misc, models, run }: Setting,
  { refusals }: Backtest,
  parity: RunParity | null,
  isTest: boolean,
): ReportHead {
  const { versions, learnedThroughMs } = models;
  const several = `${versions.length} models, ${run === null ? "one a fold" : "as the run had them"}`;
  return {
    feed: feed.name,
    note: feed.note,
    symbols: feed.symbols,
    model: versions.length === 1 ? `model ${versions[0]}` : several,
    costs: describeCosts(commonRules(misc)),
    currency: misc.account.currency,
    warnings: [
      ...(isTest ? [] : [
        `${versions[0]} knows bars up to ${
          dateOf(learnedThroughMs!)
        }: say --from a later date, or --model train`,
      ]),
      ...(parity === null ? [] : [describeParity(parity)]),
      ...[...refusals].map(([reason, bars]) => `No order on ${bars} of the bars: ${reason}`),
    ],
  };
}

function curvesOf(found: Backtest): object {
  const curveOf = ({ curve }: Backtest["model"]) => [...curve.equity];
  return {
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

/** A task runs in the checkout: a relative path means the folder that its caller stands in. */
function absolute(options: ReturnType<typeof parseOptions<typeof BACKTEST_OPTIONS>>): BacktestOptions {
  const caller = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const path = (given: string) => resolve(caller, given);
  const { feed, report, entries, archive } = options;
  return {
    ...options,
    feed: feed === undefined ? undefined : feedAt(feed, path),
    report: report === undefined ? undefined : path(report),
    entries: entries === undefined ? undefined : path(entries),
    archive: archive === undefined ? undefined : path(archive),
    config: path(options.config ?? join(ROOT, "docs/model_config.yaml")),
    misc: path(options.misc ?? join(ROOT, "docs/misc.yaml")),
    "model-archive": path(options["model-archive"] ?? join(ROOT, ".rltrader/models")),
    trials: path(options.trials ?? join(ROOT, ".rltrader/trials")),
  };
}

function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
