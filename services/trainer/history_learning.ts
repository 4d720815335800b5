/** Learns a whole history and says what the model of it knows: the same for the first model of a live run and for a backtest. */
import type { ModelPassport } from "../core/contracts/model.ts";
import { bootstrapParts } from "./bootstrap_parts.ts";
import { type FitConfidence, fitConfidence } from "./confidence/fit_confidence.ts";
import type { History } from "./history.ts";
import type { Intake } from "./intake.ts";
import { logReturnOf } from "./reward_agent.ts";

export interface HistoryPlan {
  /** Updates in all. */
  readonly updates: number;
  /** Whether everything that could have been done is learned from, or what was done alone. */
  readonly isCounterfactual: boolean;
  /** Trains what was taken up; resolves early once the signal aborts. */
  readonly train: (updates: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Takes the history up part by part, and trains after each; what comes late in it is judged before it is learned. */
export async function learnHistory(
  intake: Intake,
  history: History,
  { updates, isCounterfactual, train, signal }: HistoryPlan,
): Promise<void> {
  const { times, returns } = await measured(history, signal);
  if (signal.aborted) return;
  intake.fitScale(returns);
  const parts = bootstrapParts(times, updates, isCounterfactual);
  let afterMs = -1;
  for (const [index, { throughMs, updates, isJudged }] of parts.entries()) {
    for await (const steps of history.steps(afterMs, throughMs)) {
      await intake.take(steps, isJudged);
      if (signal.aborted) return;
    }
    afterMs = throughMs;
    if (index === parts.length - 1) intake.endHistory();
    await train(updates);
    if (signal.aborted) return;
  }
}

/** What has to be known of a whole history before any of it is learned: its bar times, and each symbol's log returns. */
async function measured(history: History, signal: AbortSignal) {
  const times: number[] = [];
  const returns = new Map<string, number[]>();
  for await (const steps of history.steps(-1, Infinity)) {
    if (signal.aborted) break;
    for (const step of steps) {
      if (times.at(-1) !== step.barMs) times.push(step.barMs);
      const known = returns.get(step.symbol);
      if (known === undefined) returns.set(step.symbol, [logReturnOf(step)]);
      else known.push(logReturnOf(step));
    }
  }
  return { times, returns };
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
