/** The trainer: the only process that learns. Owns replay, reward, gate and publishing; answers inference requests. */
import { readingArchive } from "../core/archive/archived_store.ts";
import { costRules, loadMiscConfig } from "../core/config/misc.ts";
import { actionTargets, loadModelConfig } from "../core/config/model_config.ts";
import { feedStatus } from "../core/contracts/feed_status.ts";
import { openInferenceEngine, openTrainerEngine } from "../core/model/engine.ts";
import { FolderModelStore } from "../core/model/folder_model_store.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { netSpec, schemaHash } from "../core/model/schema_hash.ts";
import { until } from "../core/runtime/clock.ts";
import { mustBe } from "../core/runtime/command_line.ts";
import { addonOptions, archiveOption, configOptions, runProcess } from "../core/runtime/process.ts";
import { CheckpointFile } from "./checkpoint.ts";
import { InferenceServer } from "./inference_server.ts";
import { learnerConfig } from "./learner_config.ts";
import { updatesAfter } from "./pace.ts";
import { Publisher } from "./publisher.ts";
import { RewardAgent } from "./reward_agent.ts";
import { TrainLoop } from "./train_loop.ts";

const options = {
  seed: {
    help: "Seed of the weights and of the draws, instead of the configured one.",
    value: "N",
    check: mustBe.integer(0, 4_294_967_295),
  },
  model: { help: "Serve this version and learn nothing.", value: "VERSION" },
  "model-archive": { help: "Folder that keeps every adopted version.", value: "PATH" },
  checkpoint: { help: "File that learning goes on from after a stop or a kill.", value: "PATH" },
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  ...addonOptions,
  ...archiveOption,
  ...configOptions,
} as const;

await runProcess(
  Deno,
  { name: "trainer", summary: "The learning process of RL Trader.", options },
  async (context) => {
    const { store, clock, log, signal } = context;
    const config = await loadModelConfig(context.options.config);
    const misc = await loadMiscConfig(context.options.misc);
    const hash = schemaHash(config);
    const { QNet } = openInferenceEngine(context.options["inference-addon"]);
    const openModel = (blob: Uint8Array) => QNet.fromBytes(blob, hash);
    const models = new RedisModelStore(store);
    const archivePath = context.options["model-archive"];
    const archive = archivePath === undefined ? null : new FolderModelStore(archivePath);
    const publisher = new Publisher({
      models,
      archive,
      store,
      openModel,
      schemaHash: hash,
      strategy: config.strategy,
      clock,
      log,
    });
    context.say("waiting for the feed", {});
    const feed = await until(clock, "the feed", () => store.get(feedStatus()), { signal });
    const server = new InferenceServer({
      store,
      models,
      openModel,
      symbols: feed.symbols,
      log,
      onServed: (served) => context.say(context.report.activity, { ...context.report.figures, served }),
    });
    const frozen = context.options.model;
    if (frozen !== undefined) {
      await publisher.adoptStored(frozen);
      context.say("serving a frozen model", {});
      return await server.run(signal);
    }
    const { checkpoint } = context.options;
    const net = netSpec(config);
    const { Learner } = openTrainerEngine(context.options["trainer-addon"]);
    const learner = new Learner(
      JSON.stringify(
        learnerConfig(config, net, hash, Number(context.options.seed ?? config.learner.seed)),
      ),
    );
    const loop = new TrainLoop({
      learner,
      makeRewardAgent: (sigma) =>
        new RewardAgent({
          targets: actionTargets(config),
          rules: costRules(misc),
          sigma,
          regressionHeads: net.heads.filter((head) => head.kind === "regression").length,
        }),
      publisher,
      checkpoints: checkpoint === undefined ? null : new CheckpointFile(checkpoint),
      store: readingArchive(store, context.options.archive, () => feed.runId, {
        onBadEntry: context.quarantine,
        isDurable: true,
      }),
      feed,
      account: misc.account.name,
      pace: {
        bootstrapUpdates: config.learner.bootstrap_updates,
        updatesAfter: (barsSeen) => updatesAfter(config.learner, barsSeen),
        publishEveryBars: config.learner.publish_every_bars,
      },
      clock,
      log,
      onProgress: (activity, figures) => context.say(activity, { ...context.report.figures, ...figures }),
    });
    context.say("waiting for history", {});
    await Promise.all([loop.run(signal), server.run(signal)]);
    learner.close();
  },
);
