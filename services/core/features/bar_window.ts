/** The last few values of a stream, oldest first, as the windowed library functions take them. */
import type { Bar } from "../contracts/bar.ts";
import type { SourceStream } from "./feature_source.ts";

export class BarWindow {
  readonly #values: number[] = [];
  readonly #length: number;

  /** @param length >= 1. */
  constructor(length: number) {
    this.#length = length;
  }

  /** @returns The window with this value as its last, or undefined until it is full. Valid until the next push. */
  push(value: number): number[] | undefined {
    this.#values.push(value);
    if (this.#values.length > this.#length) this.#values.shift();
    return this.#values.length === this.#length ? this.#values : undefined;
  }
}

/** A source that reads one value of each bar, and looks at the last `length` of them, oldest first. */
export function overWindow(
  length: number,
  valueOf: (bar: Bar) => number,
  look: (bar: Bar, window: number[]) => number,
): SourceStream {
  const values = new BarWindow(length);
  return (bar) => {
    const window = values.push(valueOf(bar));
    return window && look(bar, window);
  };
}

export const closeOf = (bar: Bar) => bar.close;
