/** Something to measure the learner by, ready to run. */
import type { LearningRun } from "./learning_run.ts";

export interface Yardstick {
  readonly name: string;
  /** For people: what it is, and what can be had there. */
  readonly line: string;
  /** The same for programs. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What a tick is called. */
  readonly unit: "ticks" | "steps";
  /** How many a run takes unless told otherwise. */
  readonly usualTicks: number;
  /** Learns from the beginning. */
  run(seed: number, ticks: number): Promise<LearningRun>;
}
