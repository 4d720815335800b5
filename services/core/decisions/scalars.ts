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

/** Exposures beyond it look alike: a short grows by its losses. */
const EXPOSURE_CLIP = 3;
/** Profits beyond so many sigmas look alike, and so many are 1. */
const PNL_CLIP = 8;
const PNL_SCALE = 4;
/** The age at which `bars_in_trade` is 1. */
const LONG_AGE = 64;

interface Scalar {
  /** What it is, for people. */
  readonly summary: string;
  /** How it is scaled, for people. */
  readonly scaling: string;
  /** Of the value before it is scaled. */
  readonly unit: string;
  /** Lowest and highest scaled value. */
  readonly range: readonly [number, number];
  readonly of: (after: Afterstate) => number;
}

export const SCALAR_MEANINGS: Readonly<Record<ScalarName, Scalar>> = {
  exposure: {
    summary: "Value of the position over the equity. A size head needs it.",
    scaling: `its absolute value, at most ${EXPOSURE_CLIP}`,
    unit: "value over equity",
    range: [0, EXPOSURE_CLIP],
    of: ({ exposure }) => Math.min(EXPOSURE_CLIP, Math.abs(exposure)),
  },
  unrealised_pnl: {
    summary: "Log return of the trade, in the symbol's sigmas.",
    scaling: `clipped at ${PNL_CLIP}, over ${PNL_SCALE}`,
    unit: "sigmas of a bar",
    range: [-PNL_CLIP / PNL_SCALE, PNL_CLIP / PNL_SCALE],
    of: ({ unrealisedPnl }) => Math.max(-PNL_CLIP, Math.min(PNL_CLIP, unrealisedPnl)) / PNL_SCALE,
  },
  bars_in_trade: {
    summary: "Bars since the trade was entered.",
    scaling: `ln(1 + bars) / ln(${1 + LONG_AGE})`,
    unit: "bars",
    range: [0, Infinity],
    of: ({ barsInTrade }) => Math.log1p(barsInTrade) / Math.log(1 + LONG_AGE),
  },
  stop_distance: {
    summary: "Average true ranges from the price to the stop. A stop head needs it.",
    scaling: "exp(−ranges / 2); 0 without a stop",
    unit: "average true ranges",
    range: [0, 1],
    of: ({ stopDistance }) => nearness(stopDistance),
  },
  take_distance: {
    summary: "Average true ranges from the price to the take. A take head needs it.",
    scaling: "exp(−ranges / 2); 0 without a take",
    unit: "average true ranges",
    range: [0, 1],
    of: ({ takeDistance }) => nearness(takeDistance),
  },
  cooldown_left: {
    summary: "Bars in which nothing may be entered. A cooldown in misc.yaml needs it.",
    scaling: "over the longest cooldown",
    unit: "decisions",
    range: [0, 1],
    of: ({ cooldownShare }) => cooldownShare,
  },
};

export function scalarsOf(names: readonly ScalarName[], after: Afterstate): Float32Array {
  return Float32Array.from(names, (name) => SCALAR_MEANINGS[name].of(after));
}

/** 1 at the price itself, falling to 0 for one that is far away or not there. @param distance In average true ranges. */
function nearness(distance: number | null): number {
  return distance === null ? 0 : Math.exp(-distance / 2);
}
