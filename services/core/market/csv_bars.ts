/** Bars from the text of a CSV file. All of it is read, or none: the first fault ends it, with file, line, column, rule
 * and value. */
import Papa from "papaparse";
import { Bar } from "../contracts/bar.ts";
import { SymbolName } from "../contracts/symbol.ts";
import { BarSeriesBuilder } from "./bar_series.ts";
import { type CsvColumns, findColumns } from "./csv_columns.ts";
import { CSV_TIME_RULE, lacksZone, parseCsvTime } from "./csv_time.ts";

const MAX_SYMBOLS = 5_000;
const CHUNK_CHARS = 2 ** 18;

/** What is used of the library, which ships no types: rows in chunks, so that not all of them are in memory at once. */
const splitRows: (text: string, options: {
  readonly delimiter: string;
  readonly chunkSize: number;
  chunk(result: {
    readonly data: readonly (readonly string[])[];
    readonly errors: readonly { readonly type: string; readonly row?: number; readonly message: string }[];
  }): void;
}) => unknown = Papa.parse;

/** What one file holds. */
export interface CsvBars {
  readonly series: ReadonlyMap<string, BarSeriesBuilder>;
  readonly zoneAssumed: boolean;
  readonly hasVolume: boolean;
}

/** Reads a file's text. @param file Its name in messages.  @param symbol What the bars are of where no column says it.
 * @throws {RangeError} At the first fault. */
export function readCsvBars(text: string, file: string, symbol = symbolOfFile(file)): CsvBars {
  if (text.trim() === "") throw new RangeError(`Cannot read ${file} as it must hold bars: it is empty`);
  const headerLine = /^[^\r\n]*/.exec(text)![0];
  const delimiter = delimiterOf(headerLine);
  let header: readonly string[] = [];
  splitRows(headerLine, { delimiter, chunkSize: CHUNK_CHARS, chunk: ({ data }) => void (header = data[0]) });
  const reader = new RowReader(file, header, symbol);
  const hasQuotes = text.includes('"');
  let line = 1;
  splitRows(text, {
    delimiter,
    chunkSize: CHUNK_CHARS,
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
  return reader.bars();
}

/** Turns rows into bars, symbol by symbol. */
class RowReader {
  readonly #file: string;
  readonly #width: number;
  readonly #header: readonly string[];
  readonly #columns: CsvColumns;
  readonly #fileSymbol: string;
  readonly #series = new Map<string, BarSeriesBuilder>();
  #zoneAssumed = false;

  constructor(file: string, header: readonly string[], symbol: string) {
    const columns = findColumns(header);
    if ("fault" in columns) throw new RangeError(`Cannot read ${file} line 1 as ${columns.fault}`);
    this.#file = file;
    this.#header = header;
    this.#width = header.length;
    this.#columns = columns;
    this.#fileSymbol = symbol;
  }

  /** @throws {RangeError} If there were no rows. */
  bars(): CsvBars {
    if (this.#series.size === 0) {
      throw new RangeError(`Cannot read ${this.#file} as it must hold bars: it has a header alone`);
    }
    return {
      series: this.#series,
      zoneAssumed: this.#zoneAssumed,
      hasVolume: this.#columns.volume !== undefined,
    };
  }

  read(row: readonly string[], line: number): void {
    const at = this.#columns;
    if (row.length !== this.#width) {
      throw new RangeError(
        `Cannot read ${this.#file} line ${line} as it must have ${this.#width} columns: it has ${row.length}`,
      );
    }
    const time = at.time === undefined ? row[at.date] : `${row[at.date].trim()} ${row[at.time].trim()}`;
    const bar: Bar = {
      openTimeMs: parseCsvTime(time),
      open: Number(row[at.open]),
      high: Number(row[at.high]),
      low: Number(row[at.low]),
      close: Number(row[at.close]),
      volume: at.volume === undefined ? 0 : numberOf(row[at.volume]),
    };
    if (!isBar(bar)) throw this.#faultOf(bar, row, line);
    const series = this.#seriesOf(row, line);
    const last = series.length === 0 ? -1 : series.openTimeMs(series.length - 1);
    if (bar.openTimeMs <= last) {
      const rule = bar.openTimeMs === last
        ? "each time must be there once"
        : "times must go up (sort the file, oldest first)";
      throw this.#fault(line, at.date, `${rule}: after ${new Date(last).toISOString()} comes ${time}`);
    }
    if (series.length === 0) this.#zoneAssumed ||= lacksZone(time);
    series.append(bar);
  }

  #seriesOf(row: readonly string[], line: number): BarSeriesBuilder {
    const column = this.#columns.symbol;
    const symbol = column === undefined ? this.#fileSymbol : row[column].trim();
    const known = this.#series.get(symbol);
    if (known !== undefined) return known;
    const checked = SymbolName.safeParse(symbol);
    if (!checked.success) {
      throw this.#fault(line, column ?? 0, `it ${checked.error.issues[0].message}: it is "${symbol}"`);
    }
    if (this.#series.size === MAX_SYMBOLS) {
      throw this.#fault(
        line,
        column ?? 0,
        `at most ${MAX_SYMBOLS} symbols can be read: ${symbol} is one more`,
      );
    }
    const series = new BarSeriesBuilder();
    this.#series.set(symbol, series);
    return series;
  }

  /** Names the first rule that a row breaks. */
  #faultOf(bar: Bar, row: readonly string[], line: number): RangeError {
    if (!Number.isFinite(bar.openTimeMs)) {
      const cells = [this.#columns.date, this.#columns.time].filter((index) => index !== undefined);
      const value = cells.map((index) => row[index].trim()).join(" ");
      return this.#fault(line, this.#columns.date, `it ${CSV_TIME_RULE}: it is "${value}"`);
    }
    const issue = Bar.safeParse(bar).error?.issues[0];
    const field = (issue?.path[0] ?? "close") as keyof Bar & keyof CsvColumns;
    const column = this.#columns[field] ?? 0;
    const value = row[column].trim();
    if (issue?.code !== "custom") {
      const least = field === "volume" ? "from 0 on" : "above 0 and at most 9e7";
      return this.#fault(line, column, `it must be a number ${least}: it is "${value}"`);
    }
    const prices = `open ${bar.open}, high ${bar.high}, low ${bar.low}, close ${bar.close}`;
    return this.#fault(line, column, `it ${issue.message}: the bar has ${prices}`);
  }

  #fault(line: number, column: number, rule: string): RangeError {
    return new RangeError(
      `Cannot read ${this.#file} line ${line}, column ${this.#header[column].trim()} as ${rule}`,
    );
  }
}

/** What the contract of a bar says, at a twentieth of its schema's price; the tests hold both to the same verdict. */
export function isBar({ openTimeMs, open, high, low, close, volume }: Bar): boolean {
  return openTimeMs >= 0 && Number.isSafeInteger(openTimeMs) &&
    low > 0 && low <= open && low <= close && high >= open && high >= close && high >= low && high <= 9e7 &&
    volume >= 0 && volume < Infinity;
}

/** An empty cell is no number, while `Number("")` is 0. */
function numberOf(cell: string): number {
  return cell.trim() === "" ? NaN : Number(cell);
}

function delimiterOf(headerLine: string): string {
  const counts = [",", ";", "\t", "|"].map((delimiter) =>
    [headerLine.split(delimiter).length, delimiter] as const
  );
  return counts.reduce((best, one) => one[0] > best[0] ? one : best)[1];
}

function lineBreaksIn(row: readonly string[]): number {
  return row.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
}

/** `data/BTC USDT-1h.csv` → `BTC-USDT-1h`. */
function symbolOfFile(file: string): string {
  const base = file.split(/[/\\]/).at(-1)!.replace(/\.[A-Za-z]+$/, "");
  const name = base.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 32);
  return name === "" ? "CSV" : name;
}
