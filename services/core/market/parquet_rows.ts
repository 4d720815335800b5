/** Rows from the bytes of a Parquet file, with what the first unreadable value of each is. Refuses only what makes all
 * rows doubtful: bytes that are no Parquet, a missing column, a compression that is not known. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaElement,
} from "hyparquet";
import type { ColumnMap } from "../config/misc.ts";
import type { Bar } from "../contracts/bar.ts";
import { type BarColumns, findColumns } from "./bar_columns.ts";
import { epochMs } from "./csv_time.ts";
import type { FileRows } from "./file_rows.ts";
import type { RawBars } from "./raw_bars.ts";
import { isUnread, NOTHING_READ, numberIn, type RowFile, rowFileOf, shown, unreadIn } from "./row_file.ts";

const DAY_MS = 86_400_000;

/** What the library lacks, by Node's own decompressors. A page says how long it will be, and may not be longer. */
const COMPRESSORS: Compressors = {
  GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }),
};
const CODECS: readonly string[] = ["UNCOMPRESSED", "SNAPPY", ...Object.keys(COMPRESSORS)];

/** Times become milliseconds, whatever their unit. */
const TO_MS = {
  timestampFromMilliseconds: (value: bigint) => Number(value),
  timestampFromMicroseconds: (value: bigint) => Number(value / 1_000n),
  timestampFromNanoseconds: (value: bigint) => Number(value / 1_000_000n),
  dateFromDays: (days: number) => days * DAY_MS,
};

/** The values of one column in one group of rows. */
type Values = ArrayLike<unknown>;

/** Reads a file into `rows`. @param file Its path.  @param symbol What the bars are of where no column says it.
 * @throws {RangeError} If its structure is none. */
export async function readParquetRows(
  bytes: Uint8Array<ArrayBuffer>,
  rows: FileRows,
  { file, symbol, columns }: { readonly file: string; readonly symbol: string; readonly columns: ColumnMap },
): Promise<void> {
  const buffer: AsyncBuffer = {
    byteLength: bytes.byteLength,
    slice: (start, end) => bytes.slice(start, end).buffer,
  };
  const metadata = await understood(file, () => parquetMetadataAsync(buffer));
  const elements = parquetSchema(metadata).children.filter(({ children }) => children.length === 0)
    .map(({ element }) => ({ ...element, name: String(element.name) }));
  const found = findColumns(elements.map(({ name }) => name), columns);
  if ("fault" in found) throw new RangeError(`Cannot read ${file} as ${found.fault}`);
  const needed = Object.values(found).map((index) => elements[index].name);
  checkCompression(file, metadata, needed);
  rows.checkRoom(file, Number(metadata.num_rows));
  const reader = new GroupReader(file, elements, found, symbol, rows);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const values = new Map<string, unknown[]>();
    await understood(file, () =>
      parquetRead({
        file: buffer,
        metadata,
        columns: needed,
        rowStart,
        rowEnd,
        parsers: TO_MS,
        compressors: COMPRESSORS,
        onChunk({ columnName, columnData, rowStart: from }) {
          const column = values.get(columnName) ?? [];
          values.set(columnName, column);
          for (let index = 0; index < columnData.length; index++) {
            column[from - rowStart + index] = columnData[index];
          }
        },
      }));
    reader.read(values, rowStart, rowEnd);
    rowStart = rowEnd;
  }
}

function checkCompression(file: string, { row_groups }: FileMetaData, needed: readonly string[]): void {
  for (const { columns } of row_groups) {
    for (const { meta_data } of columns) {
      if (meta_data === undefined || CODECS.includes(meta_data.codec)) continue;
      if (!needed.includes(meta_data.path_in_schema[0])) continue;
      throw new RangeError(
        `Cannot read ${file} as its columns must be compressed by one of ${CODECS.join(", ")}: ` +
          `${meta_data.path_in_schema.join(".")} is by ${meta_data.codec}`,
      );
    }
  }
}

async function understood<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new RangeError(
      `Cannot read ${file} as it must be a whole Parquet file: its library says "${
        (cause as Error).message
      }"`,
      { cause },
    );
  }
}

/** Turns the columns of row groups into raw bars, symbol by symbol. */
class GroupReader {
  readonly #file: RowFile;
  readonly #elements: readonly SchemaElement[];
  readonly #columns: BarColumns;
  readonly #symbol: string;
  readonly #rows: FileRows;

  constructor(
    path: string,
    elements: readonly SchemaElement[],
    columns: BarColumns,
    symbol: string,
    rows: FileRows,
  ) {
    this.#file = rowFileOf(path, elements.map(({ name }) => name), columns, "row");
    this.#elements = elements;
    this.#columns = columns;
    this.#symbol = symbol;
    this.#rows = rows;
  }

  /** @param values By column name, one for each row of the group. */
  read(values: ReadonlyMap<string, Values>, rowStart: number, rowEnd: number): void {
    const column = (field: keyof BarColumns): Values | undefined => {
      const index = this.#columns[field];
      return index === undefined ? undefined : values.get(this.#elements[index].name) ?? [];
    };
    const cells = {
      time: column("time")!,
      time_of_day: column("time_of_day"),
      symbol: column("symbol"),
      open: column("open")!,
      high: column("high")!,
      low: column("low")!,
      close: column("close")!,
      volume: column("volume"),
    };
    for (let index = 0; index < rowEnd - rowStart; index++) this.#readRow(cells, index, rowStart + index + 1);
  }

  #readRow(cells: Cells, index: number, row: number): void {
    const symbol = cells.symbol === undefined ? this.#symbol : String(cells.symbol[index] ?? "").trim();
    const bars = this.#rows.of(symbol, this.#file);
    if ("fault" in bars) {
      const column = this.#elements[this.#columns.symbol ?? this.#columns.time].name;
      const unread = { column, reason: bars.fault, content: contentOf(cells, index) };
      this.#rows.append(null, this.#file, row, NOTHING_READ, unread);
      return;
    }
    const bar: Bar = {
      openTimeMs: this.#timeOf(cells, index, bars),
      open: this.#numberOf("open", cells.open[index]),
      high: this.#numberOf("high", cells.high[index]),
      low: this.#numberOf("low", cells.low[index]),
      close: this.#numberOf("close", cells.close[index]),
      volume: cells.volume === undefined ? 0 : this.#numberOf("volume", cells.volume[index]),
    };
    const cellText = (field: keyof Bar) => textOf(cells[field === "openTimeMs" ? "time" : field]?.[index]);
    const unread = isUnread(bar) ? unreadIn(bar, this.#file, cellText, contentOf(cells, index)) : undefined;
    this.#rows.append(bars, this.#file, row, bar, unread);
  }

  #timeOf(cells: Cells, index: number, before: RawBars): number {
    const value = cells.time[index];
    const element = this.#elements[this.#columns.time];
    if (typeof value === "string") {
      const clock = cells.time_of_day?.[index];
      return this.#rows.times.read(clock === undefined ? value : `${value.trim()} ${clock}`, before);
    }
    if (value === null || value === undefined) return NaN;
    const number = Number(value);
    if (!isTime(element)) return epochMs(number);
    const { logical_type: logical } = element;
    if (logical?.type !== "TIMESTAMP" || logical.isAdjustedToUTC) return number;
    return this.#rows.times.onWall(number, before);
  }

  #numberOf(field: Exclude<keyof Bar, "openTimeMs">, value: unknown): number {
    if (typeof value === "string") return numberIn(value);
    if (typeof value !== "number" && typeof value !== "bigint") return NaN;
    const { converted_type: type, scale = 0 } = this.#elements[this.#columns[field]!];
    // The library multiplies by 10^-scale, which is off by a bit.
    const factor = 10 ** scale;
    return type === "DECIMAL" ? Math.round(Number(value) * factor) / factor : Number(value);
  }
}

type Cells =
  & Readonly<Record<"time" | "open" | "high" | "low" | "close", Values>>
  & Readonly<Record<"time_of_day" | "symbol" | "volume", Values | undefined>>;

/** Whether the library has turned its values into milliseconds. */
function isTime({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return type === "INT96" || converted === "DATE" || converted === "TIMESTAMP_MILLIS" ||
    converted === "TIMESTAMP_MICROS" || logical?.type === "TIMESTAMP" || logical?.type === "DATE";
}

function contentOf(cells: Cells, index: number): string {
  return Object.entries(cells).filter(([, values]) => values !== undefined)
    .map(([name, values]) => `${name} ${textOf(values![index])}`).join(", ");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? shown(value) : String(value ?? null);
}
