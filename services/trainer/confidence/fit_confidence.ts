/** What a lead in Q is worth, by how often decisions with such a lead came out ahead. Pure. */
import type { Confidence } from "../../core/contracts/model.ts";
import type { FittedConfidence } from "../../core/model/native_types.ts";
import type { JudgedPair } from "./decision_pairs.ts";

/** The engine's isotonic regression: a rising line through how often pairs of each score were won. */
export type FitConfidence = (scores: Float64Array, wins: Uint8Array) => FittedConfidence;

/** Fewer pairs than this say too little. */
export const LEAST_PAIRS = 200;

/** @param judged Oldest first. @param horizon Bars that they were followed at most.
 * @returns Null while there are fewer than {@link LEAST_PAIRS}. */
export function fitConfidence(
  judged: readonly JudgedPair[],
  horizon: number,
  fit: FitConfidence,
): Confidence | null {
  if (judged.length < LEAST_PAIRS) return null;
  const { scores, probabilities, bins, ece } = fit(
    Float64Array.from(judged, ({ score }) => score),
    Uint8Array.from(judged, ({ isWin }) => isWin ? 1 : 0),
  );
  return {
    scores: [...scores],
    probabilities: [...probabilities],
    horizon,
    ece,
    reliability: bins.map((bin) => ({ ...bin })),
    fittedOn: judged.length,
  };
}
