/** Trains the learner off the event loop, some updates in a call, and tells after each call how it went. */
import { learningStream } from "../core/contracts/learning.ts";
import type { Learner } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { LearningProgress } from "./checkpoint.ts";
import type { Intake } from "./intake.ts";

export interface UpdatePace {
  /** Updates for a live bar, given how many bars were learned from before it, history included. */
  readonly updatesAfter: (barsSeen: number) => number;
  /** Share of the live decisions that are drawn at random, given how many steps were learned from. */
  readonly epsilonAfter: (experiences: number) => number;
}

export interface LearnerUpdatesParts {
  readonly learner: Learner;
  readonly intake: Pick<Intake, "bars" | "counts">;
  readonly pace: UpdatePace;
  /** Steps that the learner's replay may hold; to be shown. */
  readonly replayCapacity: number;
  readonly store: Store;
  /** Called after each call, for the heartbeat. */
  readonly onProgress: (activity: string, figures: Record<string, number>) => void;
}

/** So many updates run in one call: short enough to stop soon, long enough to cost nothing. */
const UPDATES_A_CALL = 250;
const KEPT_FIGURES = 10_000;

export class LearnerUpdates {
  readonly #parts: LearnerUpdatesParts;
  #metrics: LearningProgress["metrics"] = { loss: 0, meanAbsTd: 0, meanValue: 0 };
  #shown = 0;
  #skipped = 0;

  constructor(parts: LearnerUpdatesParts) {
    this.#parts = parts;
  }

  /** Of the last call whose figures are numbers. */
  get metrics(): LearningProgress["metrics"] {
    return this.#metrics;
  }

  /** Goes on from a checkpoint. */
  restore(metrics: LearningProgress["metrics"]): void {
    this.#metrics = metrics;
  }

  /** Trains for the bars that were taken up last. @param bars How many. */
  async after(bars: number, signal: AbortSignal): Promise<void> {
    const { intake, pace } = this.#parts;
    const before = intake.bars - bars;
    let updates = 0;
    for (let bar = 0; bar < bars; bar++) updates += pace.updatesAfter(before + bar);
    await this.run(updates, signal);
  }

  /** Trains; resolves early once the signal aborts. */
  async run(updates: number, signal: AbortSignal): Promise<void> {
    const { learner, intake, pace, replayCapacity, store, onProgress } = this.#parts;
    const { experiences, liveExperiences } = intake.counts;
    const epsilon = pace.epsilonAfter(experiences);
    for (let left = updates; left > 0 && !signal.aborted; left -= UPDATES_A_CALL) {
      const stats = await learner.train(Math.min(left, UPDATES_A_CALL));
      this.#skipped += stats.skipped;
      if (stats.updates === this.#shown) continue; // every batch was skipped: the figures are not numbers
      this.#shown = stats.updates;
      const { loss, meanAbsTd, meanValue, gradNorm } = stats;
      this.#metrics = { loss, meanAbsTd, meanValue };
      const figures = {
        updates: stats.updates,
        experiences,
        ...this.#metrics,
        gradNorm,
        updatesPerSecond: stats.seconds > 0 ? stats.steps / stats.seconds : 0,
        epsilon,
        replayed: learner.replayed,
        replayCapacity,
      };
      const entry = { ...figures, liveExperiences, skipped: stats.skipped };
      await store.append(learningStream(), "*", entry, { maxLength: KEPT_FIGURES });
      onProgress("learning", { ...figures, skipped: this.#skipped });
    }
  }
}
