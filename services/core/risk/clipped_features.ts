/** Whether a state is like those that were learned from: how many of its features lie at their clip. Pure. */
import { type FeatureConfig, sourceOf } from "../features/feature_config.ts";

/** How many features are at their clip, of those that can be. */
export interface Clipped {
  readonly count: number;
  readonly of: number;
}

/** The absolute value at which each feature is cut off; null for one that is bounded by its meaning, as a rank is. */
export function featureClips(features: readonly FeatureConfig[]): (number | null)[] {
  return features.map(({ norm, ...feature }) => {
    switch (norm.kind) {
      case "rolling_z":
      case "running_z":
      case "log_return":
        return norm.clip;
      case "none": {
        const { clip } = norm;
        const furthest = Math.max(...sourceOf({ norm, ...feature }).range.map(Math.abs));
        return clip !== undefined && clip < furthest ? clip : null;
      }
      default:
        return null;
    }
  });
}

/** @param state `[features]`  @param clips Of each of them. */
export function clippedIn(state: Float32Array, clips: readonly (number | null)[]): Clipped {
  let [count, of] = [0, 0];
  clips.forEach((clip, index) => {
    if (clip === null) return;
    of++;
    if (Math.abs(state[index]) >= Math.fround(clip)) count++;
  });
  return { count, of };
}
