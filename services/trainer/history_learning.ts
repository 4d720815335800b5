/** Learns a whole history and says what the model of it knows: the same for the first model of a live run and for a backtest. */
import type { Experience } from "../core/contracts/experience.ts";
import type { ModelPassport } from "../core/contracts/model.ts";
import { bootstrapParts } from "./bootstrap_parts.ts";
import { type FitConfidence, fitConfidence } from "./confidence/fit_confidence.ts";
import type { Intake } from "./intake.ts";

export interface HistoryPlan {
  /** Updates in all. */
  readonly updates: number;
  /** Whether everything that could have been done is learned from, or what was done alone. */
  readonly isCounterfactual: boolean;
  /** Trains what was taken up; resolves early once the signal aborts. */
  readonly train: (updates: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Takes the history up part by part, and trains after each; what comes late in it is judged before it is learned.
 * @param history In order of time, then of symbol. */
export async function learnHistory(
  intake: Intake,
  history: readonly Experience[],
  { updates, isCounterfactual, train, signal }: HistoryPlan,
): Promise<void> {
  intake.fitScale(history);
  const parts = bootstrapParts(history, updates, isCounterfactual);
  for (const [index, part] of parts.entries()) {
    await intake.take(part.experiences, part.isJudged);
    if (index === parts.length - 1) intake.endHistory();
    await train(part.updates);
    if (signal.aborted) return;
  }
}

export interface PassportRules {
  readonly fit: FitConfidence;
  /** Bars over which decisions were judged at most. */
  readonly horizon: number;
  /** Share of the live decisions that are drawn at random, after so many steps. */
  readonly epsilonAfter: (experiences: number) => number;
  /** Of each symbol whose features were made on other days than those of UTC. */
  readonly days: Readonly<Record<string, string>>;
}

/** What a model of all that was taken up so far says of itself. */
export function passportOf(
  intake: Intake,
  { fit, horizon, epsilonAfter, days }: PassportRules,
): ModelPassport {
  return {
    rewardSigma: { ...intake.sigma },
    confidence: fitConfidence(intake.teacher.pairs.judged, horizon, fit),
    epsilon: epsilonAfter(intake.counts.experiences),
    days: { ...days },
  };
}
