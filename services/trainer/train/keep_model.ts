/** What becomes of a model that was trained on a history: the gate's word on it, and its place in the archive. */
import type { RulesOf } from "../../core/account/trade_rules.ts";
import type { MiscConfig } from "../../core/config/misc.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { GateStep, ModelMetadata } from "../../core/contracts/model.ts";
import type { DecisionSpace } from "../../core/decisions/decision_space.ts";
import { netOpener } from "../../core/lane/net_opener.ts";
import type { Feed } from "../../core/market/feed.ts";
import type { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { contentAddress } from "../../core/model/model_store.ts";
import type { Learner, QNetAddon } from "../../core/model/native_types.ts";
import { schemaHash } from "../../core/model/schema_hash.ts";
import { goldenPoints, integrityStep } from "../gate/integrity_step.ts";
import { leakageStep, type LearnedHistory, provenBars, statesUnderProof } from "../gate/leakage_step.ts";
import { faultsOf } from "../destination.ts";
import type { TeacherParts } from "../teacher.ts";
import type { TrialLog } from "../trials/trial_log.ts";
import type { SplitHistory, TrainedModel } from "./batch_training.ts";
import { judgeEvidence } from "./judge_evidence.ts";

/** What a training is made of. */
export interface TrainRun {
  readonly config: ModelConfig;
  readonly misc: MiscConfig;
  readonly feed: Feed;
  readonly history: SplitHistory;
  readonly rulesOf: RulesOf;
  readonly space: DecisionSpace;
  readonly learner: Learner;
  readonly addon: QNetAddon;
  readonly archive: FolderModelStore;
  readonly archivePath: string;
  readonly seed: number;
  readonly champions: TeacherParts["champions"];
  /** The version that has to be beaten; null to beat staying flat. */
  readonly champion: string | null;
  /** The version that it began with; null for none. */
  readonly warmStart: string | null;
  /** Remembers who has seen which bars. */
  readonly tries: TrialLog;
}

export interface KeptModel {
  readonly version: string;
  readonly gate: readonly GateStep[];
  /** What could not be written. */
  readonly faults: readonly string[];
}

/** Puts the model into the archive, with what the gate says of it. Without evidence it is kept all the same: whoever trained it may
 * want to look at it. @throws {RangeError} If it is broken, or has seen the future. */
export async function keepModel(
  run: TrainRun,
  trained: TrainedModel,
): Promise<KeptModel> {
  const { config, misc, space, history, learner, addon, archive, champion, warmStart } = run;
  const { blob, best, confidence, track } = trained;
  const hash = schemaHash(config);
  const golden = { states: trained.goldenStates, points: goldenPoints(config, space) };
  const proofs = [
    integrityStep(() => netOpener(addon, config, misc.instruments)(blob), learner, golden),
    leakageStep(learnedHistories(run), statesUnderProof(config, misc.instruments), config.data.warmup_bars),
  ];
  const { version, sha256 } = await contentAddress(blob);
  const refusing = proofs.find(({ passed }) => !passed);
  if (refusing !== undefined) {
    throw new RangeError(`Cannot keep ${version} as the gate refuses it: ${refusing.reason}`);
  }
  const begunThroughMs = warmStart === null ? null : (await archive.get(warmStart)).metadata.learnedThroughMs;
  const { step: evidence, keep } = await judgeEvidence(run, { version, track, begunThroughMs }, run.tries);
  const gate = [...proofs, evidence];
  const metadata: ModelMetadata = {
    version,
    sha256,
    bytes: blob.length,
    schemaHash: hash,
    strategy: config.strategy,
    parent: champion,
    createdMs: Date.now(),
    updates: best.updates,
    experiences: history.training.length,
    liveExperiences: 0,
    learnedThroughMs: Math.max(lastKnownMs(history), begunThroughMs ?? 0), // it was chosen by the validation part
    metrics: {
      loss: best.loss,
      validationGrowthBp: best.growthBp,
      ...(confidence !== null && { ece: confidence.ece, judgedPairs: confidence.fittedOn }),
    },
    gate,
    provisional: !(champion !== null && evidence.passed),
  };
  const faults = await faultsOf([
    ["remember this try in --trials", keep],
    ["keep the model in --model-archive", () => archive.put({ metadata, blob })],
  ]);
  return { version, gate, faults };
}

/** The beginning of each symbol, as the proofs look at it. */
function learnedHistories({ config, feed, history }: TrainRun): LearnedHistory[] {
  const count = provenBars(config.data.warmup_bars);
  return feed.symbols.map((symbol) => ({
    symbol,
    bars: [...feed.bars(symbol)].slice(0, count),
    experience: history.training.filter((experience) => experience.symbol === symbol).slice(0, count),
  }));
}

function lastKnownMs(history: SplitHistory): number {
  return Math.max(...[...history.validation.values()].map((steps) => steps[steps.length - 1].barMs));
}
