/** One decision that could be taken, and the order that carries it out. Pure. */
import type { TradeRules } from "../account/trade_rules.ts";
import type { ActionValue } from "../config/heads.ts";
import type { LastBar, PendingOrder } from "../contracts/lane.ts";

/** The account right after a decision, as the network sees it. */
export interface Point {
  /** Index of the action head's value. */
  readonly class: number;
  /** `[k]`, in the order of the configured scalars. */
  readonly scalars: Float32Array;
}

/** The heads that decide, in the order of the network's outputs. */
export const DECIDING_HEADS = ["action", "size", "stop", "take"] as const;
export type DecidingHead = typeof DECIDING_HEADS[number];

export interface Candidate {
  /** For people; unique among the candidates of one account. */
  readonly label: string;
  readonly action: ActionValue;
  /** The value of the size head; for a keep the nearest one. Null without such a head, and when flat. */
  readonly size: number | null;
  /** The value of the stop head in average true ranges; null for none, without such a head, and unless entering. */
  readonly stop: number | null;
  readonly take: number | null;
  /** Trades nothing. */
  readonly isKeep: boolean;
  /** Changes the size of what is held. */
  readonly isResize: boolean;
  /** Its stop follows the best price. */
  readonly isTrailing: boolean;
  /** The signed fraction of equity afterwards; for a keep, what is held. */
  readonly exposure: number;
  readonly point: Point;
  /** Index of the value of each head that takes part; null for one that does not. */
  readonly choices: Readonly<Record<DecidingHead, number | null>>;
}

/** The bar that is decided on. */
export interface DecidedBar extends Pick<LastBar, "close" | "atr"> {
  readonly barMs: number;
}

/** The order for a candidate; null for a keep. Stop and take are frozen in price units; an entry by a limit rests at the close.
 * @param bar Its average true range is needed where the candidate has a stop or a take.
 * @throws {RangeError} If it is needed and not positive. */
export function orderOf(
  candidate: Candidate,
  { barMs, close, atr }: DecidedBar,
  { entry }: Pick<TradeRules, "entry">,
): PendingOrder | null {
  const { isKeep, isResize, isTrailing, exposure } = candidate;
  if (isKeep) return null;
  const distance = (ranges: number | null) => {
    if (ranges === null) return null;
    if (atr !== null && atr > 0) return ranges * atr;
    throw new RangeError(
      `Cannot order ${candidate.label} as the average true range must be positive: it is ${atr}`,
    );
  };
  return {
    decidedAtMs: barMs,
    target: exposure,
    stopDistance: distance(candidate.stop),
    takeDistance: distance(candidate.take),
    isResize,
    isTrailing,
    limitPrice: entry === "limit" && !isResize && exposure !== 0 ? close : null,
  };
}
