/** Learns one model for each fold of a walk-forward backtest. */
import type { MakeStateBuilder } from "../../core/features/state_builders.ts";
import type { Feed } from "../../core/market/feed.ts";
import { historyOf } from "../train/batch_training.ts";
import { type Fold, stepsBefore } from "./fold_plan.ts";
import { type LearnedModel, type LearningParts, learnModel } from "./learn_model.ts";

export interface FoldLearningParts extends LearningParts {
  readonly feed: Feed;
  readonly makeStateBuilder: MakeStateBuilder;
  /** Bars before a fold that are left out. */
  readonly embargo: number;
  /** Told before each fold is learned. */
  readonly onFold: (fold: Fold, index: number, steps: number) => void;
}

export interface FoldModel extends LearnedModel {
  /** The first bar that it decides. */
  readonly fromMs: number;
}

/** @throws {RangeError} If a fold has too little history before it. */
export async function learnFolds(folds: readonly Fold[], parts: FoldLearningParts): Promise<FoldModel[]> {
  const { feed, makeStateBuilder, embargo, onFold } = parts;
  const history = historyOf(feed, makeStateBuilder);
  const models: FoldModel[] = [];
  for (const [index, fold] of folds.entries()) {
    const steps = [...history].flatMap(([symbol, all]) =>
      stepsBefore(fold.trainUntilMs, feed.bars(symbol), all, embargo)
    ).sort((a, b) => a.barMs - b.barMs || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
    onFold(fold, index, steps.length);
    models.push({ fromMs: fold.fromMs, ...await learnModel(steps, parts) });
  }
  return models;
}
