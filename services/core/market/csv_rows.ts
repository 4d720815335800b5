/** Rows from the text of a CSV file, with what the first unreadable value of each is. Refuses only what makes all rows
 * doubtful: a header that lacks a column, a quote that never closes. */
import Papa from "papaparse";
import type { ColumnMap } from "../config/misc.ts";
import type { Bar } from "../contracts/bar.ts";
import { type BarColumns, findColumns } from "./bar_columns.ts";
import type { FileRows } from "./file_rows.ts";
import {
  isUnread,
  NOTHING_READ,
  numberIn,
  type RowFile,
  rowFileOf,
  shown,
  type Unread,
  unreadIn,
} from "./row_file.ts";

const SPLIT = { newline: "\n", chunkSize: 2 ** 18 } as const;

/** What is used of the library, which ships no types: rows in chunks, so that not all of them are in memory at once. */
const splitRows: (text: string, options: {
  readonly delimiter: string;
  readonly newline: "\n";
  readonly chunkSize: number;
  chunk(result: {
    readonly data: readonly (readonly string[])[];
    readonly errors: readonly { readonly type: string; readonly row?: number; readonly message: string }[];
  }): void;
}) => unknown = Papa.parse;

/** Reads a file's text into `rows`. @param written Its lines may end in several ways: files are joined by hand.  @param file Its path.  @param symbol What the bars are of where no column says it.
 * @throws {RangeError} If its structure is none. */
export function readCsvRows(
  written: string,
  rows: FileRows,
  { file, symbol, columns }: { readonly file: string; readonly symbol: string; readonly columns: ColumnMap },
): void {
  // The library looks for one kind of line end, and takes lines with another for cells.
  const text = written.includes("\r") ? written.replace(/\r\n?/g, "\n") : written;
  if (text.trim() === "") throw new RangeError(`Cannot read ${file} as it must hold bars: it is empty`);
  const headerLine = /^.*/.exec(text)![0];
  if (headerLine.trim() === "") {
    throw new RangeError(`Cannot read ${file} line 1 as it must be the header: it is blank`);
  }
  const delimiter = delimiterOf(headerLine);
  let header: readonly string[] = [];
  splitRows(headerLine, { ...SPLIT, delimiter, chunk: ({ data }) => void (header = data[0]) });
  const found = findColumns(header, columns);
  if ("fault" in found) throw new RangeError(`Cannot read ${file} line 1 as ${found.fault}`);
  const reader = new RowReader(file, header, found, symbol, rows);
  const hasQuotes = text.includes('"');
  let line = 1;
  splitRows(text, {
    ...SPLIT,
    delimiter,
    chunk({ data, errors }) {
      const broken = errors.find((error) => error.type === "Quotes");
      for (let index = 0; index < data.length && index !== broken?.row; index++) {
        const row = data[index];
        const isBlank = row.length === 1 && row[0].trim() === "";
        if (line > 1 && !isBlank) reader.read(row, line);
        line += 1 + (hasQuotes ? lineBreaksIn(row) : 0);
      }
      if (broken !== undefined) {
        throw new RangeError(
          `Cannot read ${file} line ${line} as each quote must be closed: its library says "${broken.message}"`,
        );
      }
    },
  });
}

/** Turns rows into raw bars, symbol by symbol. */
class RowReader {
  readonly #file: RowFile;
  readonly #header: readonly string[];
  readonly #columns: BarColumns;
  readonly #symbol: string;
  readonly #rows: FileRows;

  constructor(path: string, header: readonly string[], columns: BarColumns, symbol: string, rows: FileRows) {
    this.#file = rowFileOf(path, header, columns, "line");
    this.#header = header;
    this.#columns = columns;
    this.#symbol = symbol;
    this.#rows = rows;
  }

  read(row: readonly string[], line: number): void {
    const at = this.#columns;
    const symbol = at.symbol === undefined ? this.#symbol : row[at.symbol]?.trim() ?? "";
    if (row.length !== this.#header.length) {
      const reason = `must have ${this.#header.length} columns: it has ${row.length}`;
      // Its symbol may stand in the wrong place: a new one is not believed.
      const known = at.symbol === undefined
        ? this.#rows.of(symbol, this.#file)
        : this.#rows.bySymbol.get(symbol);
      return this.#appendUnread(known, row, line, { column: null, reason });
    }
    const bars = this.#rows.of(symbol, this.#file);
    if ("fault" in bars) {
      const column = this.#header[at.symbol ?? at.time].trim();
      return this.#appendUnread(undefined, row, line, { column, reason: bars.fault });
    }
    const bar: Bar = {
      openTimeMs: this.#rows.times.read(
        at.time_of_day === undefined ? row[at.time] : this.#cell(row, "openTimeMs"),
        bars,
      ),
      open: numberIn(row[at.open]),
      high: numberIn(row[at.high]),
      low: numberIn(row[at.low]),
      close: numberIn(row[at.close]),
      volume: at.volume === undefined ? 0 : numberIn(row[at.volume]),
    };
    const unread = isUnread(bar)
      ? unreadIn(bar, this.#file, (field) => shown(this.#cell(row, field)), row.join(","))
      : undefined;
    this.#rows.append(bars, this.#file, line, bar, unread);
  }

  #appendUnread(
    bars: ReturnType<FileRows["of"]> | undefined,
    row: readonly string[],
    line: number,
    unread: Omit<Unread, "content">,
  ): void {
    const known = bars === undefined || "fault" in bars ? null : bars;
    this.#rows.append(known, this.#file, line, NOTHING_READ, { ...unread, content: row.join(",") });
  }

  #cell(row: readonly string[], field: keyof Bar): string {
    const { time, time_of_day: clock } = this.#columns;
    if (field !== "openTimeMs") return row[this.#columns[field] ?? time].trim();
    return clock === undefined ? row[time].trim() : `${row[time].trim()} ${row[clock].trim()}`;
  }
}

function delimiterOf(headerLine: string): string {
  const counts = [",", ";", "\t", "|"].map((delimiter) =>
    [headerLine.split(delimiter).length, delimiter] as const
  );
  return counts.reduce((best, one) => one[0] > best[0] ? one : best)[1];
}

function lineBreaksIn(row: readonly string[]): number {
  return row.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0);
}
