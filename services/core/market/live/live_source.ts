/** Where the bars of a market without an end come from. What it brings may be doubled, late, out of order or missing:
 * `LiveMarket` makes a market of it. */
import type { Bar } from "../../contracts/bar.ts";
import type { Timeframe } from "../../contracts/symbol.ts";
import type { Wanted } from "./bar_sequence.ts";

/** Raised when a source cannot answer now and may later: an outage, a time-out, too many requests. */
export class SourceUnavailableError extends Error {
  override name = "SourceUnavailableError";
}

/** A closed bar that nobody has checked yet. */
export type RawBar = { readonly [K in keyof Bar]: number | undefined };

/** An answer about the past. */
export interface Answer {
  /** Oldest first. */
  readonly bars: readonly RawBar[];
  /** The source has told all that it has before this time. */
  readonly coveredMs: number;
}

/** Is given each closed bar as soon as it is there. It must not throw. */
export type TakeBar = (symbol: string, bar: RawBar) => void;

export interface LiveSource {
  /** The spec it was opened with. */
  readonly name: string;
  readonly note: string;
  readonly timeframe: Timeframe;
  readonly symbols: readonly string[];
  /** Whether it can be asked for the past. Otherwise history is what it brings until it is caught up. */
  readonly hasPast: boolean;
  /** Whether `follow` has brought all that was there already. */
  readonly isCaughtUp: boolean;
  /** How long after its end a bar is asked for that nobody brought. */
  readonly askAfterMs: number;
  /** The market's time in UTC milliseconds. */
  nowMs(): number;
  /** Checks what can be checked before the first bar. @throws {RangeError} If it cannot be used. */
  open(signal: AbortSignal): Promise<void>;
  /** Asks for the closed bars of a symbol that open in a span; a part of it, from its start, is an answer too.
   * @throws {SourceUnavailableError} If it cannot answer now. */
  ask(symbol: string, wanted: Wanted, signal: AbortSignal): Promise<Answer>;
  /** Brings bars as they close, until the signal aborts; it bridges interruptions by itself.
   * @param nextMs By symbol: open time of the first bar that is wanted; null for any. */
  follow(nextMs: ReadonlyMap<string, number | null>, take: TakeBar, signal: AbortSignal): Promise<void>;
  /** Is told that all bars of a symbol before a time are published. */
  published(symbol: string, beforeMs: number): Promise<void>;
  /** Figures for the heartbeat. */
  figures(): Record<string, number>;
}
