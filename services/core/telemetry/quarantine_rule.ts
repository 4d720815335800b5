/** Which rule an entry of the quarantine broke, for counting: one word out of few. Pure. */
import { DIRT_RULES } from "../config/dirt_config.ts";

/** `model`, `checkpoint`: bytes that were refused. `contract`: all else, an entry that is not what its stream holds, or a tick that
 * comes too late or from the future. */
export const QUARANTINE_RULES = [...DIRT_RULES, "contract", "model", "checkpoint"] as const;
export type QuarantineRule = typeof QUARANTINE_RULES[number];

/** @param entry As it lies in the quarantine: a reason about dirt begins with its rule. */
export function quarantineRule(
  { source, entry, reason }: { readonly source: string; readonly entry: string; readonly reason: string },
): QuarantineRule {
  const dirt = DIRT_RULES.find((rule) => reason.startsWith(`${rule}: `));
  if (dirt !== undefined) return dirt;
  if (source === "model") return "model";
  return entry === "checkpoint" ? "checkpoint" : "contract";
}
