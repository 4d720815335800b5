/** The streams of one lane, and what the page makes of their entries. Pure. */
import { type Attribution, attributionStream } from "../../services/core/contracts/attribution.ts";
import { barStream, type PublishedBar } from "../../services/core/contracts/bar.ts";
import type { Stream } from "../../services/core/contracts/define.ts";
import {
  type Decision,
  decisionStream,
  type Equity,
  equityStream,
  type Fill,
  fillStream,
} from "../../services/core/contracts/lane.ts";
import { type MissingBars, missingBarsStream } from "../../services/core/contracts/missing_bars.ts";
import { parseEntryId } from "../../services/core/redis/entry_id.ts";
import type { Entry } from "../../services/core/redis/store.ts";
import type { MarkedEquity, ShownFill } from "./lane_history.ts";
import type { DecisionRow, Reasons } from "./messages.ts";

export interface LaneStreams {
  readonly bars: Stream<PublishedBar>;
  readonly points: Stream<Equity>;
  readonly trades: Stream<Fill>;
  readonly decisions: Stream<Decision>;
  readonly reasons: Stream<Attribution>;
  readonly holes: Stream<MissingBars>;
}

export function laneStreams(account: string, symbol: string, timeframe: string): LaneStreams {
  return {
    bars: barStream(symbol, timeframe),
    points: equityStream(account, symbol),
    trades: fillStream(account, symbol),
    decisions: decisionStream(account, symbol),
    reasons: attributionStream(account, symbol),
    holes: missingBarsStream(symbol, timeframe),
  };
}

export function equityPoint({ id, value }: Entry<Equity>): MarkedEquity {
  const { equity, buyAndHold, position, drawdown, close } = value;
  return { barMs: parseEntryId(id).ms, equity, buyAndHold, position, drawdown, close };
}

export function shownFill({ id, value }: Entry<Fill>): ShownFill {
  const { barMs, side, quantity, price, fee, reason, liquidity } = value;
  return {
    trade: {
      id,
      barMs,
      side,
      quantity: Number(quantity),
      price: Number(price),
      fee: Number(fee),
      reason,
      liquidity,
    },
    quantity,
    price,
    fee,
  };
}

export function decisionRow({ value }: Entry<Decision>): DecisionRow {
  const { state: _, account: __, ...row } = value;
  return row;
}

export function reasonsOf({ id, value }: Entry<Attribution>): Reasons {
  return { ...value, barMs: parseEntryId(id).ms, weights: [...value.weights] };
}
