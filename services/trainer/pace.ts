/** How much is learned and explored: much while there are few steps, less as they add up. Pure. */
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

/** Share of the decisions that are drawn at random. @param seen Steps that were learned from. */
export function epsilonAfter(
  { epsilon: most, epsilon_decay: decay }: Pick<ModelConfig["learner"], "epsilon" | "epsilon_decay">,
  seen: number,
): number {
  if (decay.kind === "none") return most;
  return Math.max(decay.floor, most / (1 + seen / decay.halving));
}
