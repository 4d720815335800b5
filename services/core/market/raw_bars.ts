/** The rows of one symbol as files hold them, before anything is believed: 64 bytes a row, so that millions fit in memory.
 * Knows no rule; keeps what a message needs of a row that could not be read. */
import type { Bar } from "../contracts/bar.ts";
import type { RowFile, Unread } from "./row_file.ts";

const COLUMNS = 7;

export class RawBars {
  #values = new Float64Array(COLUMNS * 256);
  #length = 0;
  #hasVolume = false;
  /** The files in the order of their rows, each with its first row here. */
  readonly #files: { readonly file: RowFile; readonly from: number }[] = [];
  readonly #unread = new Map<number, Unread>();
  /** The last time, and whether the last change of it went back. */
  lastMs = -1;
  isFalling = false;

  get length(): number {
    return this.#length;
  }

  /** Whether any of its files has a column of volumes. */
  get hasVolume(): boolean {
    return this.#hasVolume;
  }

  /** @param row Counted from 1, the header's line included where there is one.  @param unread Where a value is NaN
   * because it could not be read. */
  append(file: RowFile, row: number, bar: Bar, unread?: Unread): void {
    if (this.#files.at(-1)?.file !== file) {
      this.#files.push({ file, from: this.#length });
      this.#hasVolume ||= file.hasVolume;
    }
    const start = this.#length * COLUMNS;
    if (start === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    const values = this.#values;
    values[start] = bar.openTimeMs;
    values[start + 1] = bar.open;
    values[start + 2] = bar.high;
    values[start + 3] = bar.low;
    values[start + 4] = bar.close;
    values[start + 5] = bar.volume;
    values[start + 6] = row;
    if (unread !== undefined) this.#unread.set(this.#length, unread);
    if (bar.openTimeMs >= 0 && bar.openTimeMs !== this.lastMs) {
      this.isFalling = bar.openTimeMs < this.lastMs;
      this.lastMs = bar.openTimeMs;
    }
    this.#length++;
  }

  at(index: number): Bar {
    const start = index * COLUMNS;
    const values = this.#values;
    return {
      openTimeMs: values[start],
      open: values[start + 1],
      high: values[start + 2],
      low: values[start + 3],
      close: values[start + 4],
      volume: values[start + 5],
    };
  }

  openTimeMs(index: number): number {
    return this.#values[index * COLUMNS];
  }

  /** Where a row stands. */
  placeOf(index: number): { readonly file: RowFile; readonly row: number } {
    const { file } = this.#files.findLast(({ from }) => from <= index)!;
    return { file, row: this.#values[index * COLUMNS + 6] as number };
  }

  unreadOf(index: number): Unread | undefined {
    return this.#unread.get(index);
  }
}
