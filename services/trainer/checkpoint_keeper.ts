/** Keeps the learner's checkpoints, and says how far they reach: what a checkpoint holds may leave Redis. */
import { learnedThrough } from "../core/contracts/learning.ts";
import type { Learner } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { CheckpointStore, LearningProgress } from "./checkpoint.ts";

export interface CheckpointKeeperParts {
  /** Null to keep none. */
  readonly checkpoints: CheckpointStore | null;
  readonly learner: Pick<Learner, "checkpoint">;
  readonly store: Store;
  readonly account: string;
  readonly clock: Clock;
}

/** With so much learned since the last checkpoint, there is one as soon as nothing is left to learn: core may wait until what was
 * learned can leave Redis. */
const KEPT_AT_REST = 250;
/** Share of the time that those may take: one of a full replay is half a gigabyte, and takes seconds. */
const SHARE_AT_REST = 0.1;

export class CheckpointKeeper {
  readonly #parts: CheckpointKeeperParts;
  /** Experiences that were learned from since the last checkpoint. */
  #unkept = 0;
  #tookMs = 0;
  #doneMs = -Infinity;

  constructor(parts: CheckpointKeeperParts) {
    this.#parts = parts;
  }

  /** Whether there should be one while nothing is left to learn. */
  get isDueAtRest(): boolean {
    const restedMs = this.#parts.clock.monotonicMs() - this.#doneMs;
    return this.#unkept >= KEPT_AT_REST && this.#tookMs <= restedMs * SHARE_AT_REST;
  }

  /** @param experiences How many were learned from. */
  learned(experiences: number): void {
    this.#unkept += experiences;
  }

  async keep(progress: LearningProgress): Promise<void> {
    const { checkpoints, learner, store, account, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    await checkpoints?.write({ learner: await learner.checkpoint(), progress });
    await store.set(learnedThrough(account), progress.positions);
    this.#unkept = 0;
    this.#doneMs = clock.monotonicMs();
    this.#tookMs = this.#doneMs - startedMs;
  }
}
