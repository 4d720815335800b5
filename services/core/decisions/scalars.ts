/** The account after a decision as numbers for the network, each of about unit size. Pure; needs no statistics, so that they
 * mean the same for every symbol and for ever. */

/** In the order in which a configuration may list them. */
export const SCALARS = [
  "exposure",
  "unrealised_pnl",
  "bars_in_trade",
  "stop_distance",
  "take_distance",
  "cooldown_left",
] as const;
export type ScalarName = typeof SCALARS[number];

/** The account right after a decision, beside its position class. Units as in {@link Held}. */
export interface Afterstate {
  readonly exposure: number;
  readonly unrealisedPnl: number;
  readonly barsInTrade: number;
  readonly stopDistance: number | null;
  readonly takeDistance: number | null;
  /** Decisions from the next one on that may not enter, over the longest cooldown. */
  readonly cooldownShare: number;
}

/** Profits beyond so many sigmas look alike. */
const PNL_CLIP = 8;
/** The age at which `bars_in_trade` is 1. */
const PNL_SCALE = 4;
const LONG_AGE = 64;

const SCALINGS: Readonly<Record<ScalarName, (after: Afterstate) => number>> = {
  exposure: ({ exposure }) => Math.abs(exposure),
  unrealised_pnl: ({ unrealisedPnl }) => Math.max(-PNL_CLIP, Math.min(PNL_CLIP, unrealisedPnl)) / PNL_SCALE,
  bars_in_trade: ({ barsInTrade }) => Math.log1p(barsInTrade) / Math.log(1 + LONG_AGE),
  stop_distance: ({ stopDistance }) => nearness(stopDistance),
  take_distance: ({ takeDistance }) => nearness(takeDistance),
  cooldown_left: ({ cooldownShare }) => cooldownShare,
};

export function scalarsOf(names: readonly ScalarName[], after: Afterstate): Float32Array {
  return Float32Array.from(names, (name) => SCALINGS[name](after));
}

/** 1 at the price itself, falling to 0 for one that is far away or not there. @param distance In average true ranges. */
function nearness(distance: number | null): number {
  return distance === null ? 0 : Math.exp(-distance / 2);
}
