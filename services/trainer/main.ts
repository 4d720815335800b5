/** The trainer: the only process that learns. Owns replay, reward, gate and publishing; answers inference requests. */
import { readingArchive } from "../core/archive/archived_store.ts";
import { checkShortable } from "../core/config/instruments_config.ts";
import { loadConfigs } from "../core/config/load_configs.ts";
import { commonRules, tradeRules } from "../core/config/misc.ts";
import { feedStatus } from "../core/contracts/feed_status.ts";
import { decisionSpaceOf } from "../core/decisions/space_of.ts";
import { rememberedDays } from "../core/features/state_builders.ts";
import { netOpener } from "../core/lane/net_opener.ts";
import { openInferenceEngine, openTrainerEngine } from "../core/model/engine.ts";
import { FolderModelStore } from "../core/model/folder_model_store.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { netSpec, schemaHash, schemaText } from "../core/model/schema_hash.ts";
import { until } from "../core/runtime/clock.ts";
import { mustBe } from "../core/runtime/command_line.ts";
import { runProcess } from "../core/runtime/process.ts";
import type { ProcessContext } from "../core/runtime/process_context.ts";
import { addonOptions, archiveOption, configOptions } from "../core/runtime/process_options.ts";
import { writeText } from "../core/runtime/write_text.ts";
import { LearningMetrics } from "../core/telemetry/learning_metrics.ts";
import { CheckpointFile } from "./checkpoint.ts";
import { Gate } from "./gate/gate.ts";
import { goldenPoints } from "./gate/integrity_step.ts";
import { leakageProof } from "./gate/leakage_proof.ts";
import { InferenceServer } from "./inference_server.ts";
import { cudaLibraries, cudaOption, learnerConfig } from "./learner_config.ts";
import { ModelHolder } from "./model_holder.ts";
import { epsilonAfter, updatesAfter } from "./pace.ts";
import { Publisher } from "./publisher.ts";
import { learnerLimits, makeTeacher } from "./teacher.ts";
import { TrainLoop } from "./train_loop.ts";
import { describeWarmStart, warmStart } from "./warm_start.ts";

const options = {
  seed: {
    help: "Seed of the weights and of the draws, instead of the configured one.",
    value: "N",
    check: mustBe.integer(0, 4_294_967_295),
  },
  model: { help: "Serve this version and learn nothing.", value: "VERSION" },
  "warm-start": {
    help: "Begin with what this version has learned; features and heads may differ.",
    value: "VERSION",
  },
  "model-archive": { help: "Folder that keeps every adopted version.", value: "PATH" },
  checkpoint: { help: "File that learning goes on from after a stop or a kill.", value: "PATH" },
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  ...cudaOption,
  ...addonOptions,
  ...archiveOption,
  ...configOptions,
} as const;

await runProcess(
  Deno,
  { name: "trainer", summary: "The learning process of RL Trader.", options },
  async (context) => {
    const opened = await open(context);
    const { model } = context.options;
    await (model === undefined ? learn(context, opened) : serve(context, opened, model));
  },
);

type Context = ProcessContext<typeof options>;
type Opened = Awaited<ReturnType<typeof open>>;

/** What serving takes, and learning too; waits for the feed. */
async function open(context: Context) {
  const { store, clock, log, signal, options: { model: frozen } } = context;
  const { config, misc } = await loadConfigs(context.options);
  const { instruments } = misc;
  const space = decisionSpaceOf(config, commonRules(misc));
  const addon = openInferenceEngine(context.options["inference-addon"]);
  const openModel = netOpener(addon, config, instruments);
  const models = new RedisModelStore(store);
  const archivePath = context.options["model-archive"];
  const archive = archivePath === undefined ? null : new FolderModelStore(archivePath);
  const metrics = new LearningMetrics(context.metrics, { figures: () => context.report.figures });
  context.readyUnless(() => context.report.activity);
  context.say("waiting for the feed", {});
  const feed = await until(clock, "the feed", () => store.get(feedStatus()), { signal });
  checkShortable(config.heads.action.values, instruments, feed.symbols);
  const history = readingArchive(store, context.options.archive, () => feed.runId, {
    onBadEntry: context.quarantine,
    isDurable: true,
  });
  const seed = Number(context.options.seed ?? config.learner.seed);
  const account = misc.account.name;
  const leakage = leakageProof({ store: history, account, feed, config, instruments });
  const publisher = new Publisher({
    ...{ models, archive, store, openModel, clock, log },
    gate: new Gate({ config: misc.gate, seed, leakage }),
    schemaHash: schemaHash(config),
    schema: schemaText(config),
    strategy: config.strategy,
    onVerdict: (event) => metrics.judged(event),
  });
  const server = new InferenceServer({
    ...{ store, models, openModel, log },
    symbols: feed.symbols,
    onServed: (served) => context.say(context.report.activity, { ...context.report.figures, served }),
  });
  const holder = new ModelHolder({
    ...{ store, publisher, clock, log },
    refusal: frozen === undefined ? null : `the trainer serves ${frozen} and nothing else (--model)`,
    onChange: (version) => {
      const { activity, figures } = context.report;
      context.say(activity, { ...figures, held: version === null ? 0 : 1 });
    },
  });
  return {
    ...{
      config,
      misc,
      space,
      addon,
      openModel,
      models,
      archive,
      feed,
      history,
      seed,
      publisher,
      server,
      holder,
    },
  };
}

/** Serves one version and learns nothing. */
async function serve(
  context: Context,
  { publisher, server, holder }: Opened,
  version: string,
): Promise<void> {
  const { signal } = context;
  await publisher.adoptStored(version);
  context.say("serving a frozen model", {});
  context.readyUnless(() => null);
  await Promise.all([server.run(signal), holder.run(signal)]);
}

async function learn(context: Context, opened: Opened): Promise<void> {
  const { signal, clock, log, options: { checkpoint, "warm-start": stored } } = context;
  const { config, misc, space, addon, openModel, models, archive, feed, history, seed, publisher } = opened;
  const rulesOf = tradeRules(misc);
  const schema = schemaText(config);
  const { Learner, engineInfo } = openTrainerEngine(context.options["trainer-addon"]);
  const limits = learnerLimits(config, space);
  const cuda = cudaLibraries(context.options["cuda-libraries"]);
  const made = { ...learnerConfig(config, netSpec(config), schemaHash(config), seed, limits), ...cuda };
  const learner = new Learner(JSON.stringify(made));
  log.info({ engine: learner.engine, ...JSON.parse(engineInfo()) }, "the learner is made");
  const champions = {
    timeline: publisher.timeline,
    openModel: async (version: string) => openModel((await models.get(version)).blob),
  };
  const loop = new TrainLoop({
    ...{ learner, publisher, schema, feed, clock, log },
    isCounterfactual: config.learner.counterfactual,
    makeTeacher: (sigma) => makeTeacher({ config, space, rulesOf, learner, seed, champions }, sigma),
    replayCapacity: config.learner.replay_capacity,
    fitConfidence: addon.fitConfidence,
    horizon: config.confidence.horizon,
    days: rememberedDays(config, misc.instruments, feed.symbols),
    goldenPoints: goldenPoints(config, space),
    checkpoints: checkpoint === undefined ? null : new CheckpointFile(checkpoint),
    warmStart: stored === undefined ? null : async () => {
      const openAny = (blob: Uint8Array) => addon.QNet.fromBytes(blob);
      const stores = archive === null ? [models] : [models, archive];
      const report = await warmStart(stored, { learner, stores, openAny, schema });
      log.info(report, describeWarmStart(report));
    },
    store: history,
    account: misc.account.name,
    pace: {
      bootstrapUpdates: config.learner.bootstrap_updates,
      updatesAfter: (barsSeen) => updatesAfter(config.learner, barsSeen),
      publishEveryBars: config.learner.publish_every_bars,
      epsilonAfter: (experiences) => epsilonAfter(config.learner, experiences),
    },
    onProgress: (activity, figures) => context.say(activity, { ...context.report.figures, ...figures }),
    onNotice: (text) => {
      context.say(text, context.report.figures);
      context.quarantine({ key: checkpoint ?? "", id: "checkpoint", reason: text, content: "" });
      writeText(Deno.stderr, `trainer: ${text}\n`);
    },
  });
  context.say("waiting for history", {});
  await opened.holder.refresh(); // before anything is offered: a hold outlives the trainer
  context.readyUnless(() => null);
  await Promise.all([loop.run(signal), opened.server.run(signal), opened.holder.run(signal)]);
  learner.close();
}
