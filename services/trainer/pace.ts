/** How many updates a step is worth: many while there are few steps, fewer as they add up. Pure. */
import type { ModelConfig } from "../core/config/model_config.ts";

/** Updates after a live step. @param seen Steps that were learned from before it, history included. */
export function updatesAfter(
  { updates_per_bar: most, updates_per_bar_decay: decay }: Pick<
    ModelConfig["learner"],
    "updates_per_bar" | "updates_per_bar_decay"
  >,
  seen: number,
): number {
  if (decay.kind === "none") return most;
  return Math.round(Math.max(decay.floor, most / (1 + seen / decay.halving)));
}
