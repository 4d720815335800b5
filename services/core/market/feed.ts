/** What a replayed market is: named symbols with their whole history. A market without an end gives rounds instead
 * (see `schedule.ts`), which is all that core reads. */
import { type Instrument, instrumentOf } from "../config/instruments_config.ts";
import type { Timeframe } from "../contracts/symbol.ts";
import { type BarSpan, barsPerYear } from "../metrics/bars_per_year.ts";
import type { BarSeries } from "./bar_series.ts";
import { CLEAN, dirtFigures, type FeedDirt } from "./dirt_tally.ts";

export interface Feed {
  /** The spec it was opened with, e.g. `sp500` or `synthetic:A`. */
  readonly name: string;
  /** A sentence for people: what these data are, what they are not, and what is doubtful in them. */
  readonly note: string;
  readonly timeframe: Timeframe;
  /** At least one, in the order that was asked for. */
  readonly symbols: readonly string[];
  /** What was wrong with the data, and what was done. */
  readonly dirt: FeedDirt;
  /** @throws {RangeError} If the feed has no such symbol. */
  bars(symbol: string): BarSeries;
  /** By which figures of one bar are brought to a year. @throws {RangeError} If the feed has no such symbol. */
  barsPerYear(symbol: string): number;
}

/** What is known of a feed beside its bars. */
export interface FeedFacts {
  readonly dirt?: FeedDirt;
  readonly instruments?: readonly Readonly<Instrument>[];
  /** The calendar of a symbol that no instrument names. */
  readonly calendar?: Instrument["calendar"];
}

/** Makes a feed of series that are in memory. @param series One for each symbol, in the feed's order. */
export function feedOf(
  description: Pick<Feed, "name" | "note" | "timeframe">,
  series: ReadonlyMap<string, BarSeries>,
  { dirt = CLEAN, instruments = [], calendar = "from-data" }: FeedFacts = {},
): Feed {
  const bars = (symbol: string) => {
    const found = series.get(symbol);
    if (found !== undefined) return found;
    throw new RangeError(
      `Cannot read bars of ${symbol} as ${description.name} holds ${[...series.keys()].join(", ")}`,
    );
  };
  return {
    ...description,
    note: [description.note, ...asides(dirt)].join("; "),
    symbols: [...series.keys()],
    dirt,
    bars,
    barsPerYear: (symbol) =>
      barsPerYear(
        instrumentOf(instruments, symbol)?.calendar ?? calendar,
        description.timeframe,
        spanOf(bars(symbol)),
      ),
  };
}

function spanOf(bars: BarSeries): BarSpan {
  const last = bars.length - 1;
  if (last < 0) return { bars: 0, firstMs: 0, lastMs: 0 };
  return { bars: bars.length, firstMs: bars.openTimeMs(0), lastMs: bars.openTimeMs(last) };
}

/** What a note says of dirt: numbers, and the first warnings. */
function asides(dirt: FeedDirt): string[] {
  const { quarantined = 0, repaired = 0, gaps = 0 } = dirtFigures(dirt);
  const more = dirt.warnings.length - WARNINGS_NOTED;
  const numbers = { quarantined, repaired, [gaps === 1 ? "gap" : "gaps"]: gaps };
  return [
    ...Object.entries(numbers).filter(([, number]) => number > 0).map(([what, number]) =>
      `${number} ${what}`
    ),
    ...dirt.warnings.slice(0, WARNINGS_NOTED),
    ...(more > 0 ? [`${more} more warnings`] : []),
  ];
}

const WARNINGS_NOTED = 3;
