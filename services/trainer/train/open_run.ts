/** Everything that the command line and both files make of a training, before anything is learned. */
import { resolve } from "node:path";
import { checkShortable } from "../../core/config/instruments_config.ts";
import { loadConfigs } from "../../core/config/load_configs.ts";
import { commonRules, tradeRules } from "../../core/config/misc.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import { stateBuilders } from "../../core/features/state_builders.ts";
import { readPassport } from "../../core/lane/loaded_model.ts";
import { netOpener } from "../../core/lane/net_opener.ts";
import type { Feed } from "../../core/market/feed.ts";
import { openNamedFeed } from "../../core/market/feed_options.ts";
import type { FeedFiles } from "../../core/market/feed_paths.ts";
import { openInferenceEngine, openTrainerEngine } from "../../core/model/engine.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { netSpec, schemaHash } from "../../core/model/schema_hash.ts";
import { checkFolder } from "../destination.ts";
import { ChampionTimeline } from "../gate/champions.ts";
import { cudaLibraries, learnerConfig } from "../learner_config.ts";
import { learnerLimits } from "../teacher.ts";
import { TrialLog } from "../trials/trial_log.ts";
import { historyOf, splitHistory } from "./batch_training.ts";
import { checkChampion } from "./check_champion.ts";
import type { TrainRun } from "./keep_model.ts";
import type { TrainOptions } from "./options.ts";

export interface OpenHooks {
  readonly files: FeedFiles;
  /** Told when the feed is open. */
  readonly onFeed: (feed: Feed) => void;
}

/** Reads the configuration and the history, and makes the learner.
 * @throws {RangeError | ConfigError | ModelStoreError} For what the user can mend. */
export async function openRun(options: TrainOptions, { files, onFeed }: OpenHooks): Promise<TrainRun> {
  const { config, misc } = await loadConfigs(options);
  const space = decisionSpaceOf(config, commonRules(misc));
  const seed = Number(options.seed);
  const archivePath = resolve(options["model-archive"]);
  const archive = new FolderModelStore(archivePath);
  for (const option of ["trials", "model-archive"] as const) {
    await checkFolder(option, resolve(options[option]));
  }
  const tries = new TrialLog(resolve(options.trials));
  const { champion: named, "warm-start": begun } = options;
  const champion = named === undefined ? null : await archive.resolve(named);
  const warmStart = begun === undefined ? null : await archive.resolve(begun);
  const feed = await openNamedFeed(options, misc, files);
  onFeed(feed);
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
  const openNet = netOpener(addon, config, misc.instruments);
  const openModel = async (version: string) => openNet((await archive.get(version)).blob);
  if (champion !== null) {
    const net = await openModel(champion);
    const { rewardSigma } = readPassport(net);
    net.close();
    checkChampion(
      { ...(await archive.get(champion)).metadata, learned: Object.keys(rewardSigma) },
      feed.symbols,
      history,
    );
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
    warmStart,
    tries,
  };
}

/** The champion decides every bar there is. */
function timelineOf(champion: string | null): ChampionTimeline {
  const timeline = new ChampionTimeline();
  if (champion !== null) timeline.adopted(champion, -1);
  return timeline;
}
