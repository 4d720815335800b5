/** Learns from a whole history at once: part of it to learn from, a part to choose the best model by, and a last part that
 * neither has seen, for the gate. The same experience, rewards, steps and decisions as in the live system; no Redis. */
import type { RulesOf } from "../../core/account/trade_rules.ts";
import type { Experience } from "../../core/contracts/experience.ts";
import type { Confidence } from "../../core/contracts/model.ts";
import type { MakeStateBuilder } from "../../core/features/state_builders.ts";
import { ExperiencePairing } from "../../core/market/experience_pairing.ts";
import type { Feed } from "../../core/market/feed.ts";
import type { Learner, TrainReport } from "../../core/model/native_types.ts";
import { type FitConfidence, fitConfidence } from "../confidence/fit_confidence.ts";
import type { TrackRow } from "../gate/track_record.ts";
import { modelNotes } from "../model_notes.ts";
import { rewardSigma } from "../reward_agent.ts";
import { stackRows } from "../stack_rows.ts";
import type { Teacher } from "../teacher.ts";
import { unitRules } from "../unit_account.ts";
import { type HoldoutScore, scoreHoldout } from "./holdout.ts";

/** History, cut in time: nothing that a validation step's state or reward needs lies in what was learned from. */
export interface SplitHistory {
  /** In order of time, then of symbol. */
  readonly training: readonly Experience[];
  /** By symbol, oldest first. */
  readonly validation: ReadonlyMap<string, readonly Experience[]>;
  /** What comes after it, in order of time, then of symbol: seen by the gate alone. */
  readonly evidence: readonly Experience[];
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
  /** How sure its decisions are, by those of the validation part; null for too few. */
  readonly confidence: Confidence | null;
  /** By symbol: what its decisions would have earned on the part that the gate alone sees. */
  readonly track: ReadonlyMap<string, readonly TrackRow[]>;
  /** The last states that were learned from, `[n, inputs]` row-major, for the gate. */
  readonly goldenStates: Float32Array;
}

/** A step's reward ends two bars on: these steps on the cut belong to neither part. */
const PURGED_STEPS = 2;
const GOLDEN_STATES = 64;

/** Every step of a feed's history. */
export function historyOf(feed: Feed, makeStateBuilder: MakeStateBuilder): Map<string, Experience[]> {
  return new Map(feed.symbols.map((symbol) => {
    const pairing = new ExperiencePairing({ account: "training", symbol });
    const builder = makeStateBuilder(symbol);
    const steps: Experience[] = [];
    for (const bar of feed.bars(symbol)) {
      const features = builder.push(bar);
      steps.push(...pairing.bar("bootstrap", bar, features, builder.atr));
    }
    return [symbol, steps];
  }));
}

/** The last shares of a history, each above 0 and below 1; together they leave some to learn from. */
export interface HistoryShares {
  readonly validation: number;
  readonly evidence: number;
}

/** Cuts at two points of time, the same for all symbols.
 * @throws {RangeError} If the shares leave nothing to learn from, or a part is too small. */
export function splitHistory(
  history: ReadonlyMap<string, readonly Experience[]>,
  { validation: validationShare, evidence: evidenceShare }: HistoryShares,
): SplitHistory {
  if (validationShare + evidenceShare >= 1) {
    throw new RangeError(
      `Cannot split a history as validation and evidence must be less than all of it: they are ${validationShare} and ${evidenceShare}`,
    );
  }
  const times = [...new Set([...history.values()].flat().map((step) => step.barMs))].sort((a, b) => a - b);
  const timeBefore = (share: number) => times[Math.floor(times.length * (1 - share))];
  const [validationMs, evidenceMs] = [timeBefore(validationShare + evidenceShare), timeBefore(evidenceShare)];
  const sigma: Record<string, number> = {};
  const training: Experience[] = [];
  const evidence: Experience[] = [];
  const validation = new Map<string, readonly Experience[]>();
  for (const [symbol, steps] of history) {
    const [learned, judged, last] = cutAt(steps, validationMs, evidenceMs);
    if (judged.length < 20) {
      throw new RangeError(
        `Cannot validate ${symbol} as it takes 20 steps or more: there are ${judged.length}`,
      );
    }
    sigma[symbol] = rewardSigma(symbol, learned);
    training.push(...learned);
    evidence.push(...last);
    validation.set(symbol, judged);
  }
  return { training: inOrder(training), validation, evidence: inOrder(evidence), sigma };
}

/** Three parts, of which the first two end before their last rewards reach into the next. */
function cutAt(steps: readonly Experience[], ...cutsMs: [number, number]): Experience[][] {
  const [first, second] = cutsMs.map((cutMs) => {
    const at = steps.findIndex((step) => step.barMs >= cutMs);
    return at < 0 ? steps.length : at;
  });
  const purged = (cut: number) => cut === steps.length ? cut : Math.max(0, cut - PURGED_STEPS);
  return [steps.slice(0, purged(first)), steps.slice(first, purged(second)), steps.slice(second)];
}

/** By time, then by symbol. */
function inOrder(steps: readonly Experience[]): Experience[] {
  return steps.toSorted((a, b) =>
    a.barMs - b.barMs || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0)
  );
}

export interface BatchParts {
  readonly learner: Learner;
  readonly teacher: Teacher;
  readonly history: SplitHistory;
  /** Of lanes. */
  readonly rulesOf: RulesOf;
  /** Without it the simulated lane goes through the history once while the learner learns. */
  readonly isCounterfactual: boolean;
  readonly fitConfidence: FitConfidence;
  /** Bars over which decisions are judged at most. */
  readonly horizon: number;
  /** The text of the network's schema. */
  readonly schema: string;
  /** Days that the features are made on, of each symbol whose days are not those of UTC. */
  readonly days: Readonly<Record<string, string>>;
}

export interface BatchOptions {
  readonly steps: number;
  readonly evaluateEvery: number;
  /** Evaluations without a better one after which it ends. */
  readonly patience: number;
  readonly signal: AbortSignal;
  readonly onPoint: (point: CurvePoint) => void;
}

/** Trains until all steps are made, nothing gets better, or the signal aborts, and returns the best model. The learner holds it
 * then. */
export async function trainOnHistory(parts: BatchParts, options: BatchOptions): Promise<TrainedModel> {
  const { learner, history, schema } = parts;
  const [rewardSigma, days] = [{ ...history.sigma }, { ...parts.days }];
  const golden: Float32Array[] = [];
  const blocks = Math.ceil(options.steps / options.evaluateEvery);
  const curve: CurvePoint[] = [];
  let best: CurvePoint | null = null;
  let blob = new Uint8Array();
  let sinceBest = 0;
  for (let done = 0; done < options.steps && sinceBest < options.patience && !options.signal.aborted;) {
    golden.push(...pushBlock(parts, curve.length, blocks));
    golden.splice(0, golden.length - GOLDEN_STATES);
    const report: TrainReport = await learner.train(Math.min(options.evaluateEvery, options.steps - done));
    done += report.steps;
    const score = scoreAll(parts);
    const isBest: boolean = best === null || score.growthBp > best.growthBp;
    const point: CurvePoint = { ...score, updates: report.updates, loss: report.loss, isBest };
    curve.push(point);
    options.onPoint(point);
    if (isBest) {
      best = point;
      blob = new Uint8Array(
        learner.exportModel(modelNotes(schema, { rewardSigma, confidence: null, epsilon: 0, days })),
      );
    }
    sinceBest = isBest ? 0 : sinceBest + 1;
  }
  if (best === null) throw new Error("Cannot give a model as it was interrupted before the first evaluation");
  learner.importModel(blob);
  const confidence = judge(parts);
  return {
    blob: learner.exportModel(modelNotes(schema, { rewardSigma, confidence, epsilon: 0, days })),
    best,
    curve,
    endedEarly: sinceBest >= options.patience,
    confidence,
    track: await trackOf(parts),
    goldenStates: stackRows(golden),
  };
}

/** Decides the bars of the evidence with what the learner holds, and learns none of them. */
async function trackOf({ teacher: { track }, history }: BatchParts): Promise<TrainedModel["track"]> {
  if (track === null) return new Map();
  for (const experience of history.evidence) await track.see(experience);
  return track.rows;
}

/** Hands over what is learned from before a block of updates: everything before the first one, or a share of the history before
 * each. @returns The states of its last steps. */
function pushBlock(
  { learner, teacher, history: { training }, isCounterfactual }: BatchParts,
  block: number,
  blocks: number,
): Float32Array[] {
  const shares = isCounterfactual ? 1 : blocks;
  const [from, to] = [block, block + 1].map((count) =>
    Math.round(training.length * Math.min(1, count / shares))
  );
  const steps = training.slice(from, to).flatMap((experience) => teacher.maker.steps(experience));
  if (to === training.length) steps.push(...teacher.maker.endHistory());
  for (const step of steps) learner.push(step);
  return steps.slice(-GOLDEN_STATES).map(({ features }) => features);
}

/** The mean over the symbols, each traded alone. */
function scoreAll({ teacher, history, rulesOf }: BatchParts): HoldoutScore {
  const scores = [...history.validation].map(([symbol, steps]) =>
    scoreHoldout(steps, { ...teacher, rules: unitRules(rulesOf(symbol)) })
  );
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

/** How often the decisions of the validation part beat their runners-up. */
function judge({ teacher, history, horizon, fitConfidence: fit }: BatchParts): Confidence | null {
  for (const experience of inOrder([...history.validation.values()].flat())) teacher.pairs.see(experience);
  return fitConfidence(teacher.pairs.judged, horizon, fit);
}
