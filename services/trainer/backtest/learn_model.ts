/** Learns a model from a stretch of history, as the trainer learns its first one: the same parts, updates and passport, so that
 * the same history, configuration and seed give the same bytes as in a run of the whole system. */
import type { RulesOf } from "../../core/account/trade_rules.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { Experience } from "../../core/contracts/experience.ts";
import type { DecisionSpace } from "../../core/decisions/decision_space.ts";
import { contentAddress } from "../../core/model/model_store.ts";
import type { QNetAddon, TrainerAddon } from "../../core/model/native_types.ts";
import { netSpec, schemaHash, schemaText } from "../../core/model/schema_hash.ts";
import { memoryHistory } from "../history.ts";
import { learnHistory, passportOf } from "../history_learning.ts";
import { Intake } from "../intake.ts";
import { cudaLibraries, learnerConfig } from "../learner_config.ts";
import { modelNotes } from "../model_notes.ts";
import { epsilonAfter } from "../pace.ts";
import { learnerLimits, makeTeacher } from "../teacher.ts";

export interface LearningParts {
  readonly config: ModelConfig;
  readonly rulesOf: RulesOf;
  readonly space: DecisionSpace;
  readonly symbols: readonly string[];
  /** Days that the features are made on, of each symbol whose days are not those of UTC. */
  readonly days: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly trainer: TrainerAddon;
  readonly inference: QNetAddon;
  /** As the option names them. */
  readonly cuda: string | undefined;
  readonly signal: AbortSignal;
}

export interface LearnedModel {
  readonly version: string;
  readonly blob: Uint8Array;
}

/** @param history In order of time, then of symbol. @throws {RangeError} If a symbol has too little of it. */
export async function learnModel(
  history: readonly Experience[],
  parts: LearningParts,
): Promise<LearnedModel> {
  const { config, rulesOf, space, symbols, seed, signal } = parts;
  const { bootstrap_updates: updates, counterfactual: isCounterfactual } = config.learner;
  const limits = learnerLimits(config, space);
  const made = {
    ...learnerConfig(config, netSpec(config), schemaHash(config), seed, limits),
    ...cudaLibraries(parts.cuda),
  };
  const learner = new parts.trainer.Learner(JSON.stringify(made));
  try {
    const intake = new Intake({
      learner,
      makeTeacher: (sigma) => makeTeacher({ config, space, rulesOf, learner, seed, champions: null }, sigma),
      symbols,
      onReward: () => Promise.reject(new Error("Cannot reward history as nobody decided it")),
    });
    const train = async (count: number) => {
      signal.throwIfAborted();
      if (count > 0) await learner.train(count);
    };
    await learnHistory(intake, memoryHistory(history), { updates, isCounterfactual, train, signal });
    const passport = passportOf(intake, {
      fit: parts.inference.fitConfidence,
      horizon: config.confidence.horizon,
      epsilonAfter: (experiences) => epsilonAfter(config.learner, experiences),
      days: parts.days,
    });
    const blob = learner.exportModel(modelNotes(schemaText(config), passport));
    return { version: (await contentAddress(blob)).version, blob };
  } finally {
    learner.close();
  }
}
