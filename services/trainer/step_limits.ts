/** How much of what may be learned from a bar fits into a step. Pure. */
import type { DecisionSpace } from "../core/decisions/decision_space.ts";
import { MOST_POINTS } from "./environment.ts";

export interface StepLimits {
  /** Fresh entries whose afterstates are learned from a bar: all of them, or so many drawn at random. */
  readonly entries: number;
  /** Virtual trades that are learned from a bar. */
  readonly virtualTrades: number;
  /** Most afterstates of a step. */
  readonly afterstates: number;
  /** Most accounts that the next decisions of a step lead to. */
  readonly points: number;
  /** Most decisions of one account. */
  readonly candidates: number;
}

/** An afterstate that holds a position may lead to accounts of its own, its keep and its resizes; all others are shared.
 * Where no scalar tells one position from another of its class, these are shared too, and a virtual trade would teach nothing.
 * @param virtualTrades As many as are wanted. @param longestCooldown In bars.
 * @throws {RangeError} If there is no room for two afterstates that hold a position. */
export function stepLimits(
  space: DecisionSpace,
  virtualTrades: number,
  longestCooldown: number,
): StepLimits {
  const entries = space.fresh.filter(({ isKeep }) => !isKeep).length;
  const flats = longestCooldown + 1;
  const shared = entries + flats;
  const own = Math.max(1, space.heads.find(({ name }) => name === "size")?.size ?? 0);
  const elsewhere = entries - entries / (space.classes.length - 1);
  const candidates = Math.max(space.fresh.length, 1 + own + elsewhere);
  if (space.scalarNames.length === 0) {
    return { entries, virtualTrades: 0, afterstates: shared, points: shared, candidates };
  }
  const room = Math.floor((MOST_POINTS - shared) / own);
  if (room < 2) {
    throw new RangeError(
      `Cannot learn as a step must have room for the accounts that ${entries} entries and ${flats} flat accounts lead to: ` +
        `it holds ${MOST_POINTS}. Make the lists of the heads shorter`,
    );
  }
  const isTold = space.scalarNames.some((name) => name !== "cooldown_left");
  const virtual = isTold ? Math.min(virtualTrades, Math.floor(room / 2)) : 0;
  const learned = Math.min(entries, room - virtual);
  const held = learned + virtual;
  return {
    entries: learned,
    virtualTrades: virtual,
    afterstates: flats + held,
    points: shared + held * own,
    candidates,
  };
}
