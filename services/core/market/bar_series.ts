/** The bars of one symbol in columns: 48 bytes a bar, so that millions of one-minute bars fit in memory.
 * Knows no file and no clock; whoever appends has checked the bar against its contract. */
import type { Bar } from "../contracts/bar.ts";

const COLUMNS = 6;

/** Bars of one symbol, oldest first, each opening later than the one before. */
export interface BarSeries extends Iterable<Bar> {
  readonly length: number;
  /** @throws {RangeError} If there is no such bar. */
  at(index: number): Bar;
  /** Open time of a bar, without making the bar. @throws {RangeError} If there is no such bar. */
  openTimeMs(index: number): number;
  /** Index of the first bar that opens after a time; `length` where none does. */
  firstAfter(timeMs: number): number;
}

/** Builds a series bar by bar. */
export class BarSeriesBuilder implements BarSeries {
  #values = new Float64Array(COLUMNS * 256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @throws {RangeError} If the bar does not open after the last one. */
  append(bar: Bar): void {
    const start = this.#length * COLUMNS;
    const last = this.#length === 0 ? -1 : this.#values[start - COLUMNS];
    if (!(bar.openTimeMs > last)) {
      throw new RangeError(
        `Cannot append a bar as it must open after ${last}: it opens at ${bar.openTimeMs}`,
      );
    }
    if (start === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[start] = bar.openTimeMs;
    this.#values[start + 1] = bar.open;
    this.#values[start + 2] = bar.high;
    this.#values[start + 3] = bar.low;
    this.#values[start + 4] = bar.close;
    this.#values[start + 5] = bar.volume;
    this.#length++;
  }

  at(index: number): Bar {
    const start = this.#start(index);
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
    return this.#values[this.#start(index)];
  }

  firstAfter(timeMs: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle * COLUMNS] > timeMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  *[Symbol.iterator](): Generator<Bar> {
    for (let index = 0; index < this.#length; index++) yield this.at(index);
  }

  #start(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.#length) {
      throw new RangeError(`Cannot read bar ${index} as it must be from 0 to ${this.#length - 1}`);
    }
    return index * COLUMNS;
  }
}
