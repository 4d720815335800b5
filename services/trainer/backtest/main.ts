/** `deno task backtest`: what a model would have earned on recorded bars, by the product's own states, decisions and money. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { dateOf } from "../../core/runtime/texts.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { commonRules } from "../../core/config/misc.ts";
import type { TradedBar } from "../../core/lane/lane_trader.ts";
import { strategyOf } from "../../core/lane/strategy.ts";
import { dirtLines } from "../../core/market/dirt_tally.ts";
import type { Feed } from "../../core/market/feed.ts";
import { feedAt } from "../../core/market/feed_options.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { helpText, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { checkFile, checkFolder, faultsOf } from "../destination.ts";
import { TrialLog } from "../trials/trial_log.ts";
import { type Backtest, runBacktest } from "./backtest.ts";
import { describeCosts } from "./costs_text.ts";
import { EntryWriter } from "./entry_writer.ts";
import { barsPerYear } from "./figures.ts";
import { type Fold, isUnknown } from "./fold_plan.ts";
import { BACKTEST_OPTIONS, type BacktestOptions } from "./options.ts";
import { reportPage } from "./page/report_page.ts";
import { reportOf } from "./report.ts";
import { describeReport, type ReportHead } from "./report_text.ts";
import { RunInputs } from "./run_inputs.ts";
import { describeParity, type RunParity, RunParityCheck } from "./run_parity.ts";
import { makeSetting, type Setting } from "./setting.ts";
import { type Tries, triesOf } from "./tries.ts";

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
const SUMMARY = `Tests a model on recorded bars as it would trade them.

Every try is remembered (--trials), and counts against each later one that sees one of its bars again.
A VERSION may be cut to its first 6 digits or more.

Exit status: 0, also where nothing is proven; 1 where it cannot run, or a file could not be written; 3 where a run that is replayed
differs from its backtest; 130 where it was interrupted.`;

const CANNOT_RUN = 1;
/** A run and its backtest differ. */
const DIFFERS = 3;
const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(Deno.stdout, helpText("backtest", SUMMARY, BACKTEST_OPTIONS));
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  try {
    const { parity, faults } = await backtest(absolute(parseOptions(args, BACKTEST_OPTIONS)), stop.signal);
    for (const fault of faults) writeText(Deno.stderr, `${fault}\n`);
    if (faults.length > 0) return CANNOT_RUN;
    return parity !== null && parity.differing > 0 ? DIFFERS : 0;
  } catch (cause) {
    if (stop.signal.aborted) {
      writeText(Deno.stderr, "Stopped.\n");
      return INTERRUPTED;
    }
    const forPeople = FOR_PEOPLE.some((type) => cause instanceof type);
    writeText(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return CANNOT_RUN;
  }
}

interface Outcome {
  readonly parity: RunParity | null;
  /** What could not be written. */
  readonly faults: readonly string[];
}

async function backtest(options: BacktestOptions, signal: AbortSignal): Promise<Outcome> {
  for (const option of ["report", "entries"] as const) {
    if (options[option] !== undefined) await checkFile(option, options[option]);
  }
  await checkFolder("trials", options.trials);
  using setting = await makeSetting(options, { files: Deno, onFeed: sayDirt, onFold: sayFold, signal });
  const { feed, span, seed, models, run } = setting;
  using entries = options.entries === undefined ? null : new EntryWriter(options.entries);
  const check = run === null ? null : new RunParityCheck(run.lanes);
  const found = await decide(setting, signal, (traded) => {
    entries?.write(traded);
    check?.see(traded);
  });
  entries?.flush();
  const parity = check?.result() ?? null;
  const { learnedThroughMs } = models;
  const isTest = learnedThroughMs === null || isUnknown(feed, span, learnedThroughMs);
  const tries = await triesOf(setting, new TrialLog(options.trials), found);
  const head = headOf(setting, found, { parity, isTest, tries });
  const report = reportOf({
    backtest: found,
    ...tries,
    isTest,
    barsPerYear: barsPerYearOf(feed, found),
    seed,
  });
  const faults = await faultsOf([
    ["remember this try in --trials", tries.keep],
    ["write --entries", () => entries?.fault ? Promise.reject(new Error(entries.fault)) : Promise.resolve()],
    ["write --report", async () => {
      if (options.report === undefined) return;
      await Deno.writeTextFile(options.report, reportPage(head, report, found, feed));
    }],
  ]);
  const document = { ...head, versions: models.versions, parity, ...report, ...curvesOf(found) };
  writeText(
    Deno.stdout,
    options.json ? `${JSON.stringify(document, null, 2)}\n` : describeReport(head, report),
  );
  return { parity, faults };
}

function decide(
  setting: Setting,
  signal: AbortSignal,
  onBar: (traded: TradedBar) => void,
): Promise<Backtest> {
  const { config, misc, feed, span, seed, inference, models, makeStateBuilder, run } = setting;
  return runBacktest({
    feed,
    span,
    strategy: strategyOf(config, misc, feed.timeframe),
    account: misc.account.name,
    models,
    confidenceAt: inference.confidenceAt,
    makeStateBuilder,
    seed,
    ...(run !== null && { run: new RunInputs(run) }),
    onBar,
    signal,
  });
}

function sayDirt({ dirt }: Feed): void {
  for (const line of dirtLines(dirt)) writeText(Deno.stderr, `  data  ${line}\n`);
}

function sayFold(
  { fromMs, toMs, trainUntilMs }: Fold,
  index: number,
  folds: number,
  steps: number,
): void {
  const name = folds === 1 ? "model" : `fold ${index + 1} of ${folds}`;
  const decides = `decides ${dateOf(fromMs)} to ${dateOf(toMs)}`;
  writeText(Deno.stderr, `  ${name}: learns ${steps} steps before ${dateOf(trainUntilMs)}, ${decides}\n`);
}

/** The calendar's where all symbols share one, else by the times of all bars together. */
function barsPerYearOf(feed: Feed, { model }: Backtest): number {
  const own = new Set(feed.symbols.map((symbol) => feed.barsPerYear(symbol)));
  return own.size === 1 ? [...own][0]! : barsPerYear(model.curve.timesMs);
}

function headOf(
  { feed, misc, models, run }: Setting,
  { refusals }: Backtest,
  { parity, isTest, tries }: { parity: RunParity | null; isTest: boolean; tries: Tries },
): ReportHead {
  const { versions, learnedThroughMs } = models;
  const several = versions.length === 0
    ? "no model"
    : `${versions.length} models, ${run === null ? "one a fold" : "as the run had them"}`;
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
      ...[...refusals].map(([reason, bars]) =>
        `No order on ${bars} of the bars${run === null ? "" : ", as in the run"}: ${reason}`
      ),
      ...(tries.note === null ? [] : [tries.note]),
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

if (import.meta.main) Deno.exit(await main(Deno.args));
