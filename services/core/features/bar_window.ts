/** The last few values of a stream, oldest first, as the windowed library functions take them. */
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
