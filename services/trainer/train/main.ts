/** `deno task train`: batch training on a history, with a validation part, and the best model into the archive. */
import cliProgress from "cli-progress";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { rememberedDays } from "../../core/features/state_builders.ts";
import { dirtLines } from "../../core/market/dirt_tally.ts";
import type { Feed } from "../../core/market/feed.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import { schemaText } from "../../core/model/schema_hash.ts";
import { helpText, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { makeTeacher } from "../teacher.ts";
import { describeWarmStart, warmStart } from "../warm_start.ts";
import { WarmStartError } from "../warm_start_plan.ts";
import { type CurvePoint, trainOnHistory } from "./batch_training.ts";
import { keepModel } from "./keep_model.ts";
import { nextCommand } from "./next_command.ts";
import { openRun } from "./open_run.ts";
import { TRAIN_OPTIONS, type TrainOptions } from "./options.ts";
import { describeTraining } from "./training_report.ts";

/** What is told without a stack: the user can mend it. */
const FOR_PEOPLE = [UsageError, ConfigError, RangeError, WarmStartError, ModelStoreError];

const SUMMARY =
  `Trains on a whole history and keeps the best model. A VERSION may be cut to its first 6 digits or more.

Exit status: 0 where a model is kept, also one that the gate would not serve; 1 where there is none; 130 where it was interrupted
before there was one.`;

const CANNOT_RUN = 1;
const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(Deno.stdout, helpText("train", SUMMARY, TRAIN_OPTIONS));
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  try {
    const faults = await train(parseOptions(args, TRAIN_OPTIONS), stop.signal);
    for (const fault of faults) writeText(Deno.stderr, `${fault}\n`);
    return faults.length > 0 ? CANNOT_RUN : 0;
  } catch (cause) {
    if (stop.signal.aborted) {
      writeText(Deno.stderr, `${(cause as Error).message}\n`);
      return INTERRUPTED;
    }
    const forPeople = FOR_PEOPLE.some((type) => cause instanceof type);
    writeText(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return CANNOT_RUN;
  }
}

/** @returns What could not be written. */
async function train(options: TrainOptions, signal: AbortSignal): Promise<readonly string[]> {
  const run = await openRun(options, { files: Deno, onFeed: sayDirt });
  const { config, misc, learner, history, feed, rulesOf, space, addon, archive, seed, champions } = run;
  const schema = schemaText(config);
  const stored = run.warmStart;
  if (stored !== null) {
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
  const { version, gate, faults } = await keepModel(run, trained);
  learner.close();
  const { curve, best, endedEarly, confidence } = trained;
  const next = nextCommand(version, options);
  const report = {
    feed: feed.name,
    version,
    archive: run.archivePath,
    endedEarly,
    curve,
    confidence,
    gate,
    next,
    faults,
  };
  writeText(
    Deno.stdout,
    options.json ? `${JSON.stringify({ ...report, seed, best }, null, 2)}\n` : describeTraining(report),
  );
  return faults;
}

function sayDirt({ dirt }: Feed): void {
  for (const line of dirtLines(dirt)) writeText(Deno.stderr, `  data  ${line}\n`);
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

if (import.meta.main) Deno.exit(await main(Deno.args));
