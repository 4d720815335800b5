/** Which bars a try has seen, told by few of them, so that a later try can tell whether it sees some of them again. Pure. */
import { z } from "zod";
import type { Feed } from "../../core/market/feed.ts";
import type { Span } from "../backtest/span.ts";

/** The bars of one symbol. */
export const SeenBars = z.strictObject({
  symbol: z.string(),
  timeframe: z.string(),
  /** Open times of the first and of the last one. */
  fromMs: z.number(),
  toMs: z.number(),
  bars: z.int().positive(),
  /** Open time and close of some, spread evenly, the first and the last among them: they tell these data from others. */
  samples: z.array(z.tuple([z.number(), z.number()])).min(1),
});
export type SeenBars = z.infer<typeof SeenBars>;

/** Of each symbol, and of all of them together. */
const MOST_SAMPLES = 16;
const SAMPLES_IN_ALL = 256;

/** Of each symbol that has bars in the span. */
export function seenBars(feed: Feed, { fromMs, toMs }: Span): SeenBars[] {
  const most = Math.max(2, Math.min(MOST_SAMPLES, Math.floor(SAMPLES_IN_ALL / feed.symbols.length)));
  return feed.symbols.flatMap((symbol) => {
    const bars = feed.bars(symbol);
    const [start, end] = [bars.firstAfter(fromMs - 1), bars.firstAfter(toMs)];
    const count = end - start;
    if (count === 0) return [];
    const gaps = Math.min(most, count) - 1;
    const samples = Array.from({ length: gaps + 1 }, (_, index): [number, number] => {
      const { openTimeMs, close } = bars.at(
        start + (gaps === 0 ? 0 : Math.round(index * (count - 1) / gaps)),
      );
      return [openTimeMs, close];
    });
    return [{
      symbol,
      timeframe: feed.timeframe,
      fromMs: bars.openTimeMs(start),
      toMs: bars.openTimeMs(end - 1),
      bars: count,
      samples,
    }];
  });
}

/** Whether one of the bars was seen before: as long, and of the same data. A symbol under another name is the same where bars of
 * both can be compared. @param own In the feed. */
export function seesAgain(earlier: readonly SeenBars[], own: readonly SeenBars[], feed: Feed): boolean {
  return own.some((now) =>
    earlier.some((before) =>
      before.timeframe === now.timeframe && before.fromMs <= now.toMs && before.toMs >= now.fromMs &&
      areSameData(before, now.symbol, feed)
    )
  );
}

/** Whether two tries have decided exactly the same bars. */
export function areSameBars(some: readonly SeenBars[], others: readonly SeenBars[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

/** Unless most of the bars that both hold close elsewhere. Where none can be compared, nothing speaks for other data, but the name. */
function areSameData(before: SeenBars, symbol: string, feed: Feed): boolean {
  const bars = feed.bars(symbol);
  const closes = before.samples.flatMap(([timeMs, close]) => {
    const index = bars.firstAfter(timeMs - 1);
    return index < bars.length && bars.openTimeMs(index) === timeMs ? [[close, bars.at(index).close]] : [];
  });
  if (closes.length === 0) return before.symbol === symbol;
  return closes.filter(([earlier, now]) => earlier === now).length * 2 >= closes.length;
}
