/** `deno task train`: batch training on a history, with a validation part, and the best model into the archive. */
import cliProgress from "cli-progress";
import { resolve } from "node:path";
import { checkShortable } from "../../core/config/instruments_config.ts";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { commonRules, loadMiscConfig, tradeRules } from "../../core/config/misc.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import type { ModelMetadata } from "../../core/contracts/model.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import { rememberedDays, stateBuilders } from "../../core/features/state_builders.ts";
import { netOpener } from "../../core/lane/net_opener.ts";
import { dirtLines } from "../../core/market/dirt_tally.ts";
import { feedOptions, openNamedFeed } from "../../core/market/feed_options.ts";
import { openInferenceEngine, openTrainerEngine } from "../../core/model/engine.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import { netSpec, schemaHash, schemaText } from "../../core/model/schema_hash.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { addonOptions, configOptions } from "../../core/runtime/process_options.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { ChampionTimeline } from "../gate/champions.ts";
import { cudaLibraries, cudaOption, learnerConfig } from "../learner_config.ts";
import { learnerLimits, makeTeacher } from "../teacher.ts";
import { describeWarmStart, warmStart } from "../warm_start.ts";
import { WarmStartError } from "../warm_start_plan.ts";
import {
  type CurvePoint,
  historyOf,
  type SplitHistory,
  splitHistory,
  trainOnHistory,
} from "./batch_training.ts";
import { keepModel, type TrainRun } from "./keep_model.ts";
import { describeTraining } from "./training_report.ts";

const share = (text: string) => Number(text) > 0 && Number(text) < 1 ? null : "must be above 0 and below 1";
const OPTIONS = {
  ...feedOptions,
  steps: {
    help: "Updates of the network.",
    value: "N",
    default: "6000",
    check: mustBe.integer(1, 100_000_000),
  },
  seed: {
    help: "Seed of weights, draws and a synthetic feed.",
    value: "N",
    default: "1",
    check: mustBe.integer(0, 4_294_967_295),
  },
  "validation-share": {
    help: "The share of the history before the evidence, to choose the best model by.",
    value: "SHARE",
    default: "0.2",
    check: share,
  },
  "evidence-share": {
    help: "The last share of the history: the gate alone sees it, once.",
    value: "SHARE",
    default: "0.1",
    check: share,
  },
  champion: {
    help:
      "A version of the archive that it has to beat on the evidence. Default: it has to beat staying flat.",
    value: "VERSION",
  },
  "evaluate-every": {
    help: "Updates between two evaluations.",
    value: "N",
    default: "250",
    check: mustBe.integer(1),
  },
  patience: {
    help: "Evaluations without a better one before it ends early.",
    value: "N",
    default: "12",
    check: mustBe.integer(1),
  },
  "warm-start": {
    help: "Begin with what this version of the archive has learned; features and heads may differ.",
    value: "VERSION",
  },
  "model-archive": { help: "Folder that takes the best model.", value: "PATH", default: ".rltrader/models" },
  ...cudaOption,
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  ...addonOptions,
  ...configOptions,
  json: { help: "Print the curve and the model as one JSON document on stdout." },
} as const;

/** What is told without a stack: the user can mend it. */
const FOR_PEOPLE = [UsageError, ConfigError, RangeError, WarmStartError, ModelStoreError];

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(Deno.stdout, helpText("train", "Trains on a whole history and keeps the best model.", OPTIONS));
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  try {
    await train(parseOptions(args, OPTIONS), stop.signal);
    return 0;
  } catch (cause) {
    const forPeople = FOR_PEOPLE.some((type) => cause instanceof type);
    writeText(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

async function train(options: Options<typeof OPTIONS>, signal: AbortSignal): Promise<void> {
  const run = await openRun(options);
  const { config, misc, learner, history, feed, rulesOf, space, addon, archive, seed, champions } = run;
  const schema = schemaText(config);
  const stored = options["warm-start"];
  if (stored !== undefined) {
    const openAny = (blob: Uint8Array) => addon.QNet.fromBytes(blob);
    const report = await warmStart(stored, { learner, stores: [archive], openAny, schema });
    writeText(Deno.stderr, `${describeWarmStart(report)}\n`);
  }
  const bar = progressBar(Number(options.steps));
  const trained = await trainOnHistory({
    learner,
    teacher: makeTeacher({ config, space, rulesOf, learner, seed, champions }, history.sigma),
    history,
    rulesOf,
    isCounterfactual: config.learner.counterfactual,
    fitConfidence: addon.fitConfidence,
    horizon: config.confidence.horizon,
    schema,
    days: rememberedDays(config, misc.instruments, feed.symbols),
  }, {
    steps: Number(options.steps),
    evaluateEvery: Number(options["evaluate-every"]),
    patience: Number(options.patience),
    signal,
    onPoint: bar.show,
  });
  bar.stop();
  const { version, gate } = await keepModel(run, trained);
  learner.close();
  const { curve, best, endedEarly, confidence } = trained;
  const report = { feed: feed.name, version, archive: run.archivePath, endedEarly, curve, confidence, gate };
  writeText(
    Deno.stdout,
    options.json ? `${JSON.stringify({ ...report, seed, best }, null, 2)}\n` : describeTraining(report),
  );
}

/** Reads the configuration and the history, and makes the learner. */
async function openRun(options: Options<typeof OPTIONS>): Promise<TrainRun> {
  const config = await loadModelConfig(options.config);
  const misc = await loadMiscConfig(options.misc);
  const space = decisionSpaceOf(config, commonRules(misc));
  const seed = Number(options.seed);
  const feed = await openNamedFeed(options, misc, Deno);
  for (const line of dirtLines(feed.dirt)) writeText(Deno.stderr, `  data  ${line}\n`);
  checkShortable(config.heads.action.values, misc.instruments, feed.symbols);
  const history = splitHistory(historyOf(feed, stateBuilders(config, misc)), {
    validation: Number(options["validation-share"]),
    evidence: Number(options["evidence-share"]),
  });
  const { Learner } = openTrainerEngine(options["trainer-addon"]);
  const limits = learnerLimits(config, space);
  const made = {
    ...learnerConfig(config, netSpec(config), schemaHash(config), seed, limits),
    ...cudaLibraries(options["cuda-libraries"]),
  };
  const addon = openInferenceEngine(options["inference-addon"]);
  const archivePath = resolve(options["model-archive"]);
  const archive = new FolderModelStore(archivePath);
  const champion = options.champion ?? null;
  const openNet = netOpener(addon, config, misc.instruments);
  const openModel = async (version: string) => openNet((await archive.get(version)).blob);
  if (champion !== null) {
    (await openModel(champion)).close();
    checkUnseen((await archive.get(champion)).metadata, history);
  }
  return {
    config,
    misc,
    feed,
    history,
    rulesOf: tradeRules(misc),
    space,
    learner: new Learner(JSON.stringify(made)),
    addon,
    archive,
    archivePath,
    seed,
    champions: { timeline: timelineOf(champion), openModel },
    champion,
  };
}

function progressBar(steps: number) {
  const bar = new cliProgress.SingleBar({
    format: "  {bar} {value}/{total} updates  validation {growth} bp/bar (best {best})  {eta_formatted} left",
    noTTYOutput: true,
    notTTYSchedule: 5_000,
    hideCursor: true,
    // It is no number before there is a rate.
    formatTime: (seconds, options, rounding) =>
      typeof seconds === "number" ? cliProgress.Format.TimeFormat(seconds, options, rounding) : "…",
  }, cliProgress.Presets.shades_classic);
  bar.start(steps, 0, { growth: "…", best: "…" });
  let best = -Infinity;
  const show = (point: CurvePoint) => {
    best = Math.max(best, point.growthBp);
    bar.update(point.updates, { growth: point.growthBp.toFixed(2), best: best.toFixed(2) });
  };
  return { show, stop: () => bar.stop() };
}

/** @throws {RangeError} If the champion knows bars that it would be judged by. */
function checkUnseen({ version, learnedThroughMs }: ModelMetadata, { evidence }: SplitHistory): void {
  const [first] = evidence;
  if (first === undefined || learnedThroughMs < first.barMs) return;
  throw new RangeError(
    `Cannot judge against ${version} as it must not know the evidence, which begins on ${
      dateOf(first.barMs)
    }: ` +
      `it has learned through ${dateOf(learnedThroughMs)}`,
  );
}

function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** The champion decides every bar there is. */
function timelineOf(champion: string | null): ChampionTimeline {
  const timeline = new ChampionTimeline();
  if (champion !== null) timeline.adopted(champion, -1);
  return timeline;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
