/** What core publishes: first history to learn from, then bars to decide on. A replayed market and one without an end are
 * published in the same way. */
import type { Bar } from "../contracts/bar.ts";
import type { Timeframe } from "../contracts/symbol.ts";
import type { FeedDirt } from "./dirt_tally.ts";

/** How far a symbol is published, by this run of core and earlier ones. */
export interface Reached {
  /** The last bars, oldest first, as many as judging the next one takes; none where nothing was published. */
  readonly recent: readonly Bar[];
  /** Open time of the next bar: what lies before is published or was given up. Null where nothing was published. */
  readonly nextMs: number | null;
  /** Published bars, history included. */
  readonly bars: number;
  readonly liveBars: number;
}

/** Consecutive bars of a symbol that were waited for and given up. */
export interface Hole {
  readonly fromMs: number;
  /** Open time of the bar after the last. */
  readonly untilMs: number;
  readonly bars: number;
  readonly reason: string;
}

/** What is published at once, by symbol and ascending. A symbol that has nothing is absent, and holds up nobody. */
export interface Batch {
  readonly bars: ReadonlyMap<string, readonly Bar[]>;
  readonly holes: ReadonlyMap<string, readonly Hole[]>;
}

export interface LiveBatch extends Batch {
  /** The latest open time of its bars. */
  readonly openTimeMs: number;
  /** Live bars of each symbol so far, these included; of the symbol that has the most. */
  readonly liveBars: number;
}

/** How many more live bars of a symbol may be published, as far as its decisions have come. */
export type Room = (symbol: string) => number;

export interface Market {
  /** The spec it was opened with, e.g. `sp500` or `ccxt:kraken`. */
  readonly name: string;
  /** A sentence for people. */
  readonly note: string;
  readonly timeframe: Timeframe;
  /** At least one, in the order that was asked for. */
  readonly symbols: readonly string[];
  /** What was wrong with what is known beforehand. */
  readonly dirt: FeedDirt;
  /** Live bars a second of each symbol; `max` where nothing holds them back. */
  readonly speed: number | "max";
  /** Bars of history that are planned for each symbol. */
  readonly historyBars: number;
  /** Live bars of each symbol that will come; null where there is no end. */
  readonly liveBars: number | null;
  /** Open time of the first live bar; null where it cannot be known before. */
  readonly firstLiveMs: number | null;
  /** The history that is not published yet.
   * @param reached By symbol.  @throws The signal's reason, once it is aborted. */
  history(reached: ReadonlyMap<string, Reached>, signal: AbortSignal): AsyncIterable<Batch>;
  /** The bars to decide on that are not published yet. A replayed market begins with the round that was published last,
   * empty of bars.
   * @throws The signal's reason, once it is aborted. */
  live(reached: ReadonlyMap<string, Reached>, room: Room, signal: AbortSignal): AsyncIterable<LiveBatch>;
  /** Figures for the heartbeat. */
  figures(): Record<string, number>;
}
