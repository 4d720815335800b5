/** What learns a market and decides on it: a learner, with how it is asked and what it is taught. */
import type { LearnerStep } from "../../core/model/native_types.ts";
import type { Tick } from "./market.ts";

/** What is decided in each of some rows of features from each position held, `[rows, positions]`. */
export type Policy = (rows: Float32Array) => Uint8Array;

export interface Agent {
  /** What it would do where nothing is learned from: no exploring. */
  readonly policy: Policy;
  /** What it does while learning. */
  decide(features: Float32Array, held: number): number;
  /** What a tick teaches, given what was held before and decided. */
  learnFrom(tick: Tick, held: number, decision: number): readonly LearnerStep[];
}
