/** A learner as it is before it has learned anything, for benches that time what its network serves. */
import type { Learner, NetSpec } from "../services/core/model/native_types.ts";
import { openTrainerEngine } from "../services/core/model/engine.ts";
import { addonPath } from "./measure.ts";

/** The schema hash that its models carry. */
export const UNTRAINED = "bench";

/** Sets aside the least that a learner can; close it in the end. */
export function untrainedLearner(net: NetSpec): Learner {
  const { Learner } = openTrainerEngine(addonPath("RLTRADER_ADDON_TRAINER"));
  const least = { replay_capacity: 1, max_afterstates: 1, max_points: 1, max_candidates: 1 };
  return new Learner(JSON.stringify({ net, schema_hash: UNTRAINED, seed: 1, ...least }));
}
