/** Loads bars from before those that the page holds, with what was decided and executed on them. Browser only. */
import type { LaneSeries } from "./messages.ts";
import { MOST_BARS } from "./live_client.ts";
import { chart, seriesVersion } from "./page_signals.ts";

const CHUNK = 2_000;

let isLoading = false;
/** The oldest bar before which there is nothing, by symbol. */
const beginnings = new Map<string, number>();

/** Puts older bars before the others; does nothing while it is at it, at the beginning, or where enough are held. */
export async function loadOlder(symbol: string): Promise<void> {
  const firstMs = chart.bars[0]?.openTimeMs;
  if (isLoading || firstMs === undefined || beginnings.get(symbol) === firstMs) return;
  if (chart.bars.length >= MOST_BARS) return;
  isLoading = true;
  try {
    const query = new URLSearchParams({ through: String(firstMs - 1), count: String(CHUNK) });
    const answer = await fetch(`/data/lane/${encodeURIComponent(symbol)}?${query}`);
    if (!answer.ok) return; // asked again when the reader scrolls on
    const older = await answer.json() as Omit<LaneSeries, "series">;
    if (chart.bars[0]?.openTimeMs !== firstMs) return; // another symbol or run meanwhile
    if (older.bars.length === 0) beginnings.set(symbol, firstMs);
    chart.bars = [...older.bars, ...chart.bars];
    chart.marks = joined(older.marks, chart.marks, ({ barMs }) => `${barMs}`);
    chart.trades = joined(older.trades, chart.trades, ({ id }) => id);
    seriesVersion.value++;
  } finally {
    isLoading = false;
  }
}

/** Older entries before those that are held, each once. */
function joined<T>(older: readonly T[], held: readonly T[], idOf: (entry: T) => string): T[] {
  const known = new Set(held.map(idOf));
  return [...older.filter((entry) => !known.has(idOf(entry))), ...held];
}
