/** The S&P 500 index, daily, from 2000-01-03 to 2020-04-17, as the npm package vega-datasets ships it. */
import { fileURLToPath } from "node:url";
import { type Feed, feedOf } from "./feed.ts";
import { type FileFeedOptions, readRows } from "./file_feed.ts";
import { inspectRows } from "./inspect_rows.ts";
import { selectPresent } from "./symbol_selection.ts";

/** Beside the package's entry, since the package exports no data file. */
export const SP500_FILE = fileURLToPath(
  new URL("../data/sp500-2000.csv", import.meta.resolve("vega-datasets")),
);

const SYMBOL = "SPX";
/** The file's own; those of a user's files are not meant. */
const COLUMNS = {};

/** Its adjusted close equals its close on every day, so prices are taken as they are.
 * @throws {RangeError} If another symbol is asked for. */
export async function openSp500Feed({ symbols, files, rules }: FileFeedOptions): Promise<Feed> {
  selectPresent("sp500", symbols, [SYMBOL]);
  const own = { ...rules, feed: { ...rules.feed, columns: COLUMNS } };
  const rows = await readRows("csv", [SP500_FILE], files, own, SYMBOL);
  const { series, dirt } = inspectRows("sp500", rows, [SYMBOL], own, "1d");
  return feedOf(
    {
      name: "sp500",
      note: "S&P 500 price index, no dividends; beating buy-and-hold is not to be expected",
      timeframe: "1d",
    },
    series,
    { dirt, instruments: rules.instruments },
  );
}
