/** Draws of features that say nothing, the same in every run. */
import { SeededRandom } from "../../core/market/seeded_random.ts";
import type { StateFeatures } from "./market.ts";

/** Names the random stream: scoring draws nothing that a path draws. */
const STREAM = 77;

/** @param draws Rows of each state: one where nothing is drawn. */
export function drawNoise(
  states: Float64Array,
  noiseFeatures: number,
  draws: number,
  features: (state: number, noise: Float32Array) => Float32Array,
): StateFeatures {
  const random = new SeededRandom(STREAM);
  const rows: number[] = [];
  for (const state of states) {
    for (let draw = 0; draw < draws; draw++) {
      rows.push(...features(state, Float32Array.from({ length: noiseFeatures }, () => random.normal())));
    }
  }
  return { rows: Float32Array.from(rows), rowsPerState: draws };
}
