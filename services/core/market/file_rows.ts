/** The rows of all files of a feed, by symbol, as they were read; and what names no symbol. */
import type { Bar } from "../contracts/bar.ts";
import { SymbolName } from "../contracts/symbol.ts";
import { CsvTimes } from "./csv_time.ts";
import { RawBars } from "./raw_bars.ts";
import { type RowFile, shown, type Unread } from "./row_file.ts";
import type { TimeZone } from "./time_zone.ts";

const MAX_SYMBOLS = 5_000;
/** About 100 bytes each until they are inspected. */
const MAX_ROWS = 10_000_000;

/** What is written in so many unreadable rows is kept for messages. */
const MAX_UNREAD_KEPT = 10_000;

/** A row of which nobody can say what it is of. */
export interface Unplaced extends Unread {
  readonly file: RowFile;
  readonly row: number;
}

export interface FileRowsOptions {
  /** Of times that name none. */
  readonly zone: TimeZone;
  /** Reading ends where more rows cannot be read and are not to be repaired. */
  readonly mostUnread: number;
  /** Whether values that cannot be read are to be repaired; a row without a symbol cannot. */
  readonly repairs: boolean;
}

export class FileRows {
  readonly bySymbol = new Map<string, RawBars>();
  readonly unplaced: Unplaced[] = [];
  readonly zone: TimeZone;
  readonly times: CsvTimes;
  readonly #mostUnread: number;
  readonly #repairs: boolean;
  #rows = 0;
  #unread = 0;
  #lost = 0;

  constructor({ zone, mostUnread, repairs }: FileRowsOptions) {
    this.zone = zone;
    this.times = new CsvTimes(zone);
    this.#mostUnread = mostUnread;
    this.#repairs = repairs;
  }

  /** Rows read so far, those that could not be read included. */
  get length(): number {
    return this.#rows;
  }

  /** The rows of a symbol. @returns The fault as `rule: value` where it is no name.
   * @throws {RangeError} If it is one symbol too many. */
  of(symbol: string, file: RowFile): RawBars | { readonly fault: string } {
    const known = this.bySymbol.get(symbol);
    if (known !== undefined) return known;
    const checked = SymbolName.safeParse(symbol);
    if (!checked.success) return { fault: `${checked.error.issues[0].message}: it is ${shown(symbol)}` };
    if (this.bySymbol.size === MAX_SYMBOLS) {
      throw new RangeError(
        `Cannot read ${file.path} as at most ${MAX_SYMBOLS} symbols can be read: ${symbol} is one more`,
      );
    }
    const bars = new RawBars();
    this.bySymbol.set(symbol, bars);
    return bars;
  }

  /** @throws {RangeError} If so many rows more are too many. */
  checkRoom(path: string, count: number): void {
    if (this.#rows + count <= MAX_ROWS) return;
    throw new RangeError(
      `Cannot read ${path} as a feed may have at most ${MAX_ROWS} rows: with it, it has ${
        this.#rows + count
      } or more`,
    );
  }

  /** @param bars Of the symbol; null where the row names none. @throws {RangeError} If there are too many rows. */
  append(bars: RawBars | null, file: RowFile, row: number, bar: Bar, unread?: Unread): void {
    if (++this.#rows > MAX_ROWS) this.checkRoom(file.path, 0);
    if (unread !== undefined) {
      if (!this.#repairs || bars === null) this.#lose(unread, file, row);
      if (bars === null) this.unplaced.push({ ...unread, file, row });
      if (++this.#unread > MAX_UNREAD_KEPT) unread = undefined;
    }
    bars?.append(file, row, bar, unread);
  }

  #lose({ column, reason }: Unread, { path }: RowFile, row: number): void {
    if (++this.#lost <= this.#mostUnread) return;
    throw new RangeError(
      `Cannot read ${path} as at most ${this.#mostUnread} rows may be unreadable (dirt.most_quarantined): row ${row} ` +
        `is one more. ${column === null ? "It" : `Column ${column}`} ${reason}`,
    );
  }
}

/** `data/BTC USDT-1h.csv` → `BTC-USDT-1h`. */
export function symbolOfFile(file: string): string {
  const base = file.split(/[/\\]/).at(-1)!.replace(/\.gz$/i, "").replace(/\.[A-Za-z]+$/, "");
  const name = base.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 32);
  return name === "" ? "CSV" : name;
}
