/** The S&P 500 index, daily, from 2000-01-03 to 2020-04-17, as the npm package vega-datasets ships it. */
import { fileURLToPath } from "node:url";
import { readCsvBars } from "./csv_bars.ts";
import { readCsvText } from "./csv_feed.ts";
import { type Feed, feedOf, type ReadFile } from "./feed.ts";
import { selectPresent } from "./symbol_selection.ts";

/** Beside the package's entry, since the package exports no data file. */
export const SP500_FILE = fileURLToPath(
  new URL("../data/sp500-2000.csv", import.meta.resolve("vega-datasets")),
);

const SYMBOL = "SPX";

/** Its adjusted close equals its close on every day, so prices are taken as they are.
 * @throws {RangeError} If another symbol is asked for. */
export async function openSp500Feed(
  { symbols, readFile }: { readonly symbols: string | null; readonly readFile: ReadFile },
): Promise<Feed> {
  selectPresent("sp500", symbols, [SYMBOL]);
  const { series } = readCsvBars(await readCsvText(SP500_FILE, readFile), SP500_FILE, SYMBOL);
  return feedOf({
    name: "sp500",
    note: "S&P 500 price index, no dividends; beating buy-and-hold is not to be expected",
    timeframe: "1d",
  }, series);
}
