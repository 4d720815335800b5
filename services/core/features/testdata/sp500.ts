/** The S&P 500 that the project installs, as bars for tests. */
import type { Bar } from "../../contracts/bar.ts";

const CSV = new URL("../../../../node_modules/vega-datasets/data/sp500-2000.csv", import.meta.url);
let cached: readonly Bar[] | undefined;

/** 5,105 daily bars, oldest first. */
export function sp500Bars(): readonly Bar[] {
  cached ??= Deno.readTextFileSync(CSV).trim().split("\n").slice(1).map(barOf);
  return cached;
}

/** Columns: date, open, high, low, close, adjusted close, volume. */
function barOf(line: string): Bar {
  const [date = "", ...numbers] = line.split(",");
  const [open = NaN, high = NaN, low = NaN, close = NaN, , volume = NaN] = numbers.map(Number);
  return { openTimeMs: Date.parse(date), open, high, low, close, volume };
}
