/** Learns from a whole history at once: part of it to learn from, the rest to judge by. The same experience, reward,
 * learner and decisions as in the live system; no Redis. */
import type { Experience } from "../../core/contracts/experience.ts";
import type { StateBuilder } from "../../core/features/state_builder.ts";
import { ExperiencePairing } from "../../core/market/experience_pairing.ts";
import type { Feed } from "../../core/market/feed.ts";
import type { Learner, TrainReport } from "../../core/model/native_types.ts";
import { learnerStep } from "../environment.ts";
import { RewardAgent, rewardSigma } from "../reward_agent.ts";
import { stackRows } from "../stack_rows.ts";
import { type HoldoutRules, type HoldoutScore, scoreHoldout } from "./holdout.ts";

/** History, cut in time: nothing that a validation step's state or reward needs lies in what was learned from. */
export interface SplitHistory {
  /** In order of time, then of symbol. */
  readonly training: readonly Experience[];
  /** By symbol, oldest first. */
  readonly validation: ReadonlyMap<string, readonly Experience[]>;
  readonly sigma: Readonly<Record<string, number>>;
}

/** One evaluation. */
export interface CurvePoint extends HoldoutScore {
  readonly updates: number;
  readonly loss: number;
  /** Whether it is the best so far. */
  readonly isBest: boolean;
}

export interface TrainedModel {
  readonly blob: Uint8Array;
  readonly best: CurvePoint;
  readonly curve: readonly CurvePoint[];
  /** True if it ended before all steps, as nothing got better. */
  readonly endedEarly: boolean;
}

/** A step's reward ends two bars on: these steps on the cut belong to neither part. */
const PURGED_STEPS = 2;

/** Every step of a feed's history. @param makeStateBuilder One for each symbol. */
export function historyOf(feed: Feed, makeStateBuilder: () => StateBuilder): Map<string, Experience[]> {
  return new Map(feed.symbols.map((symbol) => {
    const pairing = new ExperiencePairing({ account: "training", symbol });
    const builder = makeStateBuilder();
    const steps: Experience[] = [];
    for (const bar of feed.bars(symbol)) steps.push(...pairing.bar("bootstrap", bar, builder.push(bar)));
    return [symbol, steps];
  }));
}

/** Cuts at one point of time for all symbols. @param validationShare Above 0 and below 1.
 * @throws {RangeError} If a part is too small. */
export function splitHistory(
  history: ReadonlyMap<string, readonly Experience[]>,
  validationShare: number,
): SplitHistory {
  const times = [...new Set([...history.values()].flat().map((step) => step.barMs))].sort((a, b) => a - b);
  const cutMs = times[Math.floor(times.length * (1 - validationShare))];
  const sigma: Record<string, number> = {};
  const training: Experience[] = [];
  const validation = new Map<string, readonly Experience[]>();
  for (const [symbol, steps] of history) {
    const cut = steps.findIndex((step) => step.barMs >= cutMs);
    const learned = steps.slice(0, Math.max(0, cut - PURGED_STEPS));
    if (cut < 0 || steps.length - cut < 20) {
      throw new RangeError(
        `Cannot validate ${symbol} as it takes 20 steps or more: there are ${
          cut < 0 ? 0 : steps.length - cut
        }`,
      );
    }
    sigma[symbol] = rewardSigma(symbol, learned);
    training.push(...learned);
    validation.set(symbol, steps.slice(cut));
  }
  training.sort((a, b) => a.barMs - b.barMs || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
  return { training, validation, sigma };
}

export interface BatchOptions {
  readonly steps: number;
  readonly evaluateEvery: number;
  /** Evaluations without a better one after which it ends. */
  readonly patience: number;
  readonly signal: AbortSignal;
  readonly onPoint: (point: CurvePoint) => void;
}

/** Trains until all steps are made, nothing gets better, or the signal aborts, and returns the best model. */
export async function trainOnHistory(
  learner: Learner,
  agent: RewardAgent,
  history: SplitHistory,
  rules: HoldoutRules,
  options: BatchOptions,
): Promise<TrainedModel> {
  for (const step of history.training) learner.push(learnerStep(agent, step));
  const passport = JSON.stringify({ passport: JSON.stringify({ rewardSigma: history.sigma }) });
  const curve: CurvePoint[] = [];
  let best: CurvePoint | null = null;
  let blob = new Uint8Array();
  let sinceBest = 0;
  for (let done = 0; done < options.steps && sinceBest < options.patience && !options.signal.aborted;) {
    const report: TrainReport = await learner.train(Math.min(options.evaluateEvery, options.steps - done));
    done += report.steps;
    const score = scoreAll(learner, history, rules);
    const isBest: boolean = best === null || score.growthBp > best.growthBp;
    const point: CurvePoint = { ...score, updates: report.updates, loss: report.loss, isBest };
    curve.push(point);
    options.onPoint(point);
    if (isBest) {
      best = point;
      blob = new Uint8Array(learner.exportModel(passport));
    }
    sinceBest = isBest ? 0 : sinceBest + 1;
  }
  if (best === null) throw new Error("Cannot give a model as it was interrupted before the first evaluation");
  return { blob, best, curve, endedEarly: sinceBest >= options.patience };
}

/** The mean over the symbols, each traded alone. */
function scoreAll(learner: Learner, { validation }: SplitHistory, rules: HoldoutRules): HoldoutScore {
  const scores = [...validation.values()].map((steps) => {
    const states = stackRows(steps.map((step) => step.features));
    return scoreHoldout(steps, valuesOf(learner.forward(states), steps.length, rules.actionSpan), rules);
  });
  const mean = (of: (score: HoldoutScore) => number) =>
    scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  return {
    bars: scores.reduce((sum, score) => sum + score.bars, 0),
    growthBp: mean((score) => score.growthBp),
    buyAndHoldBp: mean((score) => score.buyAndHoldBp),
    orders: scores.reduce((sum, score) => sum + score.orders, 0),
    exposure: mean((score) => score.exposure),
  };
}

/** The action head's columns. */
function valuesOf(
  outputs: Float32Array,
  rows: number,
  { start, end }: { start: number; end: number },
): Float32Array {
  const width = outputs.length / rows;
  const values = new Float32Array(rows * (end - start));
  for (let row = 0; row < rows; row++) {
    values.set(outputs.subarray(row * width + start, row * width + end), row * (end - start));
  }
  return values;
}
