/** `deno task train`: batch training on a history, with a validation part, and the best model into the archive. */
import cliProgress from "cli-progress";
import { resolve } from "node:path";
import { costRules, loadMiscConfig } from "../../core/config/misc.ts";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { actionTargets, loadModelConfig } from "../../core/config/model_config.ts";
import type { ModelMetadata } from "../../core/contracts/model.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { dirtLines } from "../../core/market/dirt_tally.ts";
import { feedOptions, openNamedFeed } from "../../core/market/feed_options.ts";
import { openInferenceEngine, openTrainerEngine } from "../../core/model/engine.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { headSpan } from "../../core/model/head_outputs.ts";
import { contentAddress } from "../../core/model/model_store.ts";
import { netSpec, schemaHash } from "../../core/model/schema_hash.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { addonOptions, configOptions } from "../../core/runtime/process.ts";
import { integrityStep } from "../gate.ts";
import { learnerConfig } from "../learner_config.ts";
import { RewardAgent } from "../reward_agent.ts";
import { stackRows } from "../stack_rows.ts";
import {
  type CurvePoint,
  historyOf,
  type SplitHistory,
  splitHistory,
  trainOnHistory,
} from "./batch_training.ts";
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
    help: "The last share of the history, to judge by.",
    value: "SHARE",
    default: "0.2",
    check: share,
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
  "model-archive": { help: "Folder that takes the best model.", value: "PATH", default: ".rltrader/models" },
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  ...addonOptions,
  ...configOptions,
  json: { help: "Print the curve and the model as one JSON document on stdout." },
} as const;

const GOLDEN_STATES = 64;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    write(Deno.stdout, helpText("train", "Trains on a whole history and keeps the best model.", OPTIONS));
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  try {
    await train(parseOptions(args, OPTIONS), stop.signal);
    return 0;
  } catch (cause) {
    const forPeople = [UsageError, ConfigError, RangeError].some((type) => cause instanceof type);
    write(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

async function train(options: Options<typeof OPTIONS>, signal: AbortSignal): Promise<void> {
  const config = await loadModelConfig(options.config);
  const misc = await loadMiscConfig(options.misc);
  const seed = Number(options.seed);
  const feed = await openNamedFeed(options, misc, Deno);
  for (const line of dirtLines(feed.dirt)) write(Deno.stderr, `  data  ${line}\n`);
  const history = splitHistory(
    historyOf(feed, () => new StateBuilder(config.features, config.data.warmup_bars, config.data.timeframe)),
    Number(options["validation-share"]),
  );
  const net = netSpec(config);
  const hash = schemaHash(config);
  const { Learner } = openTrainerEngine(options["trainer-addon"]);
  const { QNet } = openInferenceEngine(options["inference-addon"]);
  const learner = new Learner(JSON.stringify(learnerConfig(config, net, hash, seed)));
  const targets = actionTargets(config);
  const costs = costRules(misc);
  const regressionHeads = net.heads.filter((head) => head.kind === "regression").length;
  const agent = new RewardAgent({ targets, rules: costs, sigma: history.sigma, regressionHeads });
  const bar = new cliProgress.SingleBar({
    format: "  {bar} {value}/{total} updates  validation {growth} bp/bar (best {best})  {eta_formatted} left",
    noTTYOutput: true,
    notTTYSchedule: 5_000,
    hideCursor: true,
  }, cliProgress.Presets.shades_classic);
  bar.start(Number(options.steps), 0, { growth: "…", best: "…" });
  let best = -Infinity;
  const onPoint = (point: CurvePoint) => {
    best = Math.max(best, point.growthBp);
    bar.update(point.updates, { growth: point.growthBp.toFixed(2), best: best.toFixed(2) });
  };
  const rules = { targets, costs, sigma: history.sigma, actionSpan: headSpan(net.heads, "action") };
  const trained = await trainOnHistory(learner, agent, history, rules, {
    steps: Number(options.steps),
    evaluateEvery: Number(options["evaluate-every"]),
    patience: Number(options.patience),
    signal,
    onPoint,
  });
  bar.stop();
  const golden = stackRows(history.training.slice(-GOLDEN_STATES).map((step) => step.features));
  const served = QNet.fromBytes(trained.blob, hash);
  learner.importModel(trained.blob);
  const gate = integrityStep(() => served, learner, golden);
  const { version, sha256 } = await contentAddress(trained.blob);
  const metadata: ModelMetadata = {
    version,
    sha256,
    bytes: trained.blob.length,
    schemaHash: hash,
    strategy: config.strategy,
    parent: null,
    createdMs: Date.now(),
    updates: trained.best.updates,
    experiences: history.training.length,
    liveExperiences: 0,
    learnedThroughMs: lastKnownMs(history), // it was chosen by the validation part
    metrics: { loss: trained.best.loss, validationGrowthBp: trained.best.growthBp },
    gate: [gate],
  };
  if (!gate.passed) throw new RangeError(`Cannot keep ${version} as the gate refuses it: ${gate.reason}`);
  const archive = resolve(options["model-archive"]);
  await new FolderModelStore(archive).put({ metadata, blob: trained.blob });
  learner.close();
  const { curve, best: bestPoint, endedEarly } = trained;
  write(
    Deno.stdout,
    options.json
      ? `${
        JSON.stringify(
          { feed: feed.name, seed, version, archive, endedEarly, best: bestPoint, curve },
          null,
          2,
        )
      }\n`
      : describeTraining({ feed: feed.name, version, archive, endedEarly, curve }),
  );
}

function lastKnownMs(history: SplitHistory): number {
  return Math.max(...[...history.validation.values()].map((steps) => steps[steps.length - 1].barMs));
}

function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
