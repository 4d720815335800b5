/** The recursive averages of trading-signals, kept so that they can be saved and restored bit for bit.
 *
 * The library cannot write its state down. All that outlives its windows, though, is the last result of each recursive
 * average; so those are made here, as subclasses that can tell and take it, and handed to the library's indicators. */
import { EMA, WSMA } from "trading-signals";

interface SavedAverage {
  readResult(): number | undefined;
  writeResult(result: number | undefined): void;
}

class SavedEma extends EMA implements SavedAverage {
  readResult(): number | undefined {
    return this.result;
  }
  writeResult(result: number | undefined): void {
    this.result = result;
  }
}

class SavedWilder extends WSMA implements SavedAverage {
  readResult(): number | undefined {
    return this.result;
  }
  writeResult(result: number | undefined): void {
    this.result = result;
  }
}

/** The averages of one feature, in the order in which they were made. */
export class LibraryAverages {
  readonly #all: SavedAverage[] = [];
  /** Wilder's average, for indicators of the library that make theirs themselves. */
  readonly wilder: typeof WSMA;

  constructor() {
    const all = this.#all;
    this.wilder = class extends SavedWilder {
      constructor(interval: number) {
        super(interval);
        all.push(this);
      }
    };
  }

  ema(interval: number): EMA {
    const average = new SavedEma(interval);
    this.#all.push(average);
    return average;
  }

  /** Whether this holds of every average; false while one has no value. */
  every(test: (result: number) => boolean): boolean {
    return this.#all.every((average) => {
      const result = average.readResult();
      return result !== undefined && test(result);
    });
  }

  snapshot(write: (value: number) => void): void {
    for (const average of this.#all) {
      const result = average.readResult();
      write(result === undefined ? 0 : 1);
      write(result ?? 0);
    }
  }

  /** Takes the results back, after the bars before the snapshot have filled the library's windows. */
  restore(read: () => number): void {
    for (const average of this.#all) {
      const has = read() === 1;
      const result = read();
      average.writeResult(has ? result : undefined);
    }
  }
}
