/** Decisions to try things with. */
import { DecisionSpace, type DecisionSpaceParts } from "./decision_space.ts";
import type { Held } from "./held.ts";
import { SCALARS } from "./scalars.ts";

/** Every head, every scalar, cooldowns: 55 fresh candidates. */
export const EVERYTHING: DecisionSpaceParts = {
  actions: ["flat", "long", "short"],
  sizes: [0.25, 0.5, 1],
  stops: [null, 2, 4],
  takes: [null, 3, 6],
  isTrailing: false,
  scalars: SCALARS,
  cooldownBars: 2,
  stopCooldownBars: 4,
  turnoverPenalty: 0,
};

export function spaceWith(changes: Partial<DecisionSpaceParts> = {}): DecisionSpace {
  return new DecisionSpace({ ...EVERYTHING, ...changes });
}

/** The action head alone. */
export function plainSpace(changes: Partial<DecisionSpaceParts> = {}): DecisionSpace {
  return spaceWith({
    sizes: null,
    stops: null,
    takes: null,
    scalars: [],
    cooldownBars: 0,
    stopCooldownBars: 0,
    ...changes,
  });
}

export const FLAT_HELD: Held = {
  class: 0,
  exposure: 0,
  unrealisedPnl: 0,
  barsInTrade: 0,
  stopDistance: null,
  takeDistance: null,
  cooldownLeft: 0,
};
/** Long by half, a little drifted, 2 sigmas up, with a stop one range away. */
export const LONG_HELD: Held = {
  ...FLAT_HELD,
  class: 1,
  exposure: 0.55,
  unrealisedPnl: 2,
  barsInTrade: 3,
  stopDistance: 1,
};
