/** What a replayed market is: named symbols with their whole history. A market without an end gives rounds instead
 * (see `schedule.ts`), which is all that core reads. */
import type { Timeframe } from "../contracts/symbol.ts";
import type { BarSeries } from "./bar_series.ts";

export interface Feed {
  /** The spec it was opened with, e.g. `sp500` or `synthetic:A`. */
  readonly name: string;
  /** A sentence for people: what these data are, and what they are not. */
  readonly note: string;
  readonly timeframe: Timeframe;
  /** At least one, in the order that was asked for. */
  readonly symbols: readonly string[];
  /** @throws {RangeError} If the feed has no such symbol. */
  bars(symbol: string): BarSeries;
}

/** Reads a whole file; rejects with `Deno.errors.NotFound` where there is none. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** Makes a feed of series that are in memory. @param series One for each symbol, in the feed's order. */
export function feedOf(
  description: Pick<Feed, "name" | "note" | "timeframe">,
  series: ReadonlyMap<string, BarSeries>,
): Feed {
  return {
    ...description,
    symbols: [...series.keys()],
    bars(symbol) {
      const bars = series.get(symbol);
      if (bars !== undefined) return bars;
      throw new RangeError(
        `Cannot read bars of ${symbol} as ${description.name} holds ${[...series.keys()].join(", ")}`,
      );
    },
  };
}
