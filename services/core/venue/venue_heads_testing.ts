/** Heads that may trade at a venue, and the faults of those that may not. */
import { Heads } from "../config/heads.ts";

/** Long or flat, and what is changed. */
export const venueHeads = (changes: Record<string, unknown> = {}) =>
  Heads.parse({ action: { type: "branch_q", values: ["flat", "long"] }, ...changes });

/** A head of stops or takes, by average true ranges. */
export const exitHead = (...values: (number | "none")[]) => ({
  type: "branch_q",
  values,
  unit: "atr",
  active_when: "entering",
});

/** The lines of a refusal, each a fault; none where nothing is refused. */
export function faultsOf(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (cause) {
    return (cause as Error).message.split("\n").slice(1).map((line) => line.trim());
  }
}
