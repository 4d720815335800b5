/** Bars from CSV or Parquet files on disk. */
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { readCsvRows } from "./csv_rows.ts";
import { dirtLines } from "./dirt_tally.ts";
import { type Feed, feedOf } from "./feed.ts";
import { type FeedFiles, feedPaths } from "./feed_paths.ts";
import { FileRows, symbolOfFile } from "./file_rows.ts";
import { type FeedRules, inspectRows } from "./inspect_rows.ts";
import { readParquetRows } from "./parquet_rows.ts";
import { selectPresent } from "./symbol_selection.ts";
import { TimeZone } from "./time_zone.ts";

/** A larger file would not fit in memory as text and bars at once (about 5 million bars of one minute). */
const MAX_BYTES = 256 * 2 ** 20;
const MAX_BYTES_IN_ALL = 4 * MAX_BYTES;
/** A step to learn from needs three bars. */
const LEAST_BARS = 3;

export type FileFormat = "csv" | "parquet";

export interface FileFeedOptions {
  readonly symbols: string | null;
  readonly files: FeedFiles;
  readonly rules: FeedRules;
}

/** @param path A file, a folder or a pattern.  @throws {RangeError} If a file is missing, its structure is none, or more
 * of it is dirty than the rules allow. */
export async function openFileFeed(
  format: FileFormat,
  path: string,
  { symbols, files, rules }: FileFeedOptions,
): Promise<Feed> {
  const name = `${format}:${path}`;
  const paths = await feedPaths(path, format, files);
  const rows = await readRows(format, paths, files, rules);
  if (rows.bySymbol.size === 0) throw nothingIn(path, rows);
  const selected = selectPresent(name, symbols, [...rows.bySymbol.keys()]);
  const inspected = inspectRows(path, rows, selected, rules);
  for (const [symbol, { length }] of inspected.series) {
    if (length >= LEAST_BARS) continue;
    const put = dirtLines(inspected.dirt).map((line) => `; ${line}`).join("");
    throw new RangeError(
      `Cannot read ${path} as each symbol must have at least ${LEAST_BARS} bars: ${symbol} has ${length}${put}`,
    );
  }
  return feedOf(
    {
      name,
      note: noteOf(path, paths.length, inspected.timeframe, selected, rows),
      timeframe: inspected.timeframe,
    },
    inspected.series,
    { dirt: inspected.dirt, instruments: rules.instruments },
  );
}

/** Reads all rows of some files. @throws {RangeError} If one of them cannot be read, or they are too large. */
export async function readRows(
  format: FileFormat,
  paths: readonly string[],
  files: FeedFiles,
  { feed, dirt }: FeedRules,
  symbol: string | null = null,
): Promise<FileRows> {
  const rows = new FileRows({
    zone: new TimeZone(feed.timezone),
    mostUnread: dirt.most_quarantined,
    repairs: dirt.unreadable === "repair",
  });
  const names = new Map<string, string>();
  let bytesInAll = 0;
  for (const file of paths) {
    const ofFile = symbol ?? symbolOfFile(file);
    const other = names.get(ofFile) ?? basename(file);
    if (other !== basename(file)) {
      throw new RangeError(
        `Cannot read ${file} as each file's name must give a symbol of its own: ${ofFile} is that of ${other}, too`,
      );
    }
    names.set(ofFile, other);
    const bytes = await readBytes(file, files);
    bytesInAll += bytes.length;
    if (bytesInAll > MAX_BYTES_IN_ALL) {
      throw new RangeError(
        `Cannot read ${file} as all files of a feed must have at most ${MAX_BYTES_IN_ALL} bytes: ` +
          `with it, they have ${bytesInAll}`,
      );
    }
    const options = { file, symbol: ofFile, columns: feed.columns };
    if (format === "csv") readCsvRows(textOf(bytes, file), rows, options);
    else await readParquetRows(bytes, rows, options);
  }
  return rows;
}

/** @returns What is in the file, unpacked where it is gzipped. @throws {RangeError} If the file is missing, unreadable or too large. */
async function readBytes(path: string, files: FeedFiles): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await files.readFile(path);
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    const reason = missing
      ? "the file must exist: it is not there"
      : `it must be readable: ${(cause as Error).message}`;
    throw new RangeError(`Cannot read ${path} as ${reason}`, { cause });
  }
  if (bytes.length <= MAX_BYTES) {
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes, path) : bytes;
  }
  throw new RangeError(
    `Cannot read ${path} as it must have at most ${MAX_BYTES} bytes: it has ${bytes.length}`,
  );
}

function unpacked(bytes: Uint8Array, path: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(gunzipSync(bytes, { maxOutputLength: MAX_BYTES }));
  } catch (cause) {
    throw new RangeError(
      `Cannot read ${path} as it must be whole gzip of at most ${MAX_BYTES} bytes: its library says "${
        (cause as Error).message
      }"`,
      { cause },
    );
  }
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RangeError(`Cannot read ${path} as it must be UTF-8 text: it holds other bytes`, { cause });
  }
}

function nothingIn(path: string, { length, unplaced }: FileRows): RangeError {
  if (length === 0) return new RangeError(`Cannot read ${path} as it must hold bars: it has a header alone`);
  const [{ file, row, column, reason }] = unplaced;
  return new RangeError(
    `Cannot read ${path} as it must hold bars: of its ${length} rows none names a symbol. The first is ${file.path}:${row}, ` +
      `${column === null ? "it" : `column ${column}`} ${reason}`,
  );
}

function noteOf(
  path: string,
  count: number,
  timeframe: string,
  symbols: readonly string[],
  rows: FileRows,
): string {
  const files = count === 1 ? "" : ` (${count} files)`;
  const zone = rows.times.zoneTaken ? `; times have no zone and are taken as ${rows.zone.name}` : "";
  const volume = symbols.some((symbol) => rows.bySymbol.get(symbol)?.hasVolume) ? "" : "; no volume";
  return `Bars of ${timeframe} (the median time between them) from ${path}${files}${zone}${volume}`;
}
