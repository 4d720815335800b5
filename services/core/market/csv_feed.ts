/** Bars from one CSV file on disk. */
import { readCsvBars } from "./csv_bars.ts";
import { type Feed, feedOf, type ReadFile } from "./feed.ts";
import { inferTimeframe } from "./infer_timeframe.ts";
import { selectPresent } from "./symbol_selection.ts";

/** A larger file would not fit in memory as text and bars at once (about 5 million bars of one minute). */
const MAX_BYTES = 256 * 2 ** 20;
/** A step to learn from needs three bars. */
const LEAST_BARS = 3;

/** @throws {RangeError} If the file is missing or any of it breaks a rule. */
export async function openCsvFeed(
  path: string,
  { symbols, readFile }: { readonly symbols: string | null; readonly readFile: ReadFile },
): Promise<Feed> {
  const name = `csv:${path}`;
  const table = readCsvBars(await readCsvText(path, readFile), path);
  const selected = selectPresent(name, symbols, [...table.series.keys()]);
  const series = new Map(selected.map((symbol) => [symbol, table.series.get(symbol)!]));
  for (const [symbol, bars] of series) {
    if (bars.length < LEAST_BARS) {
      throw new RangeError(
        `Cannot read ${path} as each symbol must have at least ${LEAST_BARS} bars: ${symbol} has ${bars.length}`,
      );
    }
  }
  const inferred = inferTimeframe([...series.values()]);
  if ("fault" in inferred) throw new RangeError(`Cannot read ${path} as ${inferred.fault}`);
  const { timeframe } = inferred;
  const zone = table.zoneAssumed ? "; times have no zone and are taken as UTC" : "";
  const volume = table.hasVolume ? "" : "; no volume";
  const note = `Bars of ${timeframe} (the median time between them) from ${path}${zone}${volume}`;
  return feedOf({ name, note, timeframe }, series);
}

/** The text of a file. @throws {RangeError} If it is missing, unreadable, too large or no UTF-8 text. */
export async function readCsvText(path: string, readFile: ReadFile): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    const reason = missing
      ? "the file must exist: it is not there"
      : `it must be readable: ${(cause as Error).message}`;
    throw new RangeError(`Cannot read ${path} as ${reason}`, { cause });
  }
  if (bytes.length > MAX_BYTES) {
    throw new RangeError(
      `Cannot read ${path} as it must have at most ${MAX_BYTES} bytes: it has ${bytes.length}`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RangeError(`Cannot read ${path} as it must be UTF-8 text: it holds other bytes`, { cause });
  }
}
