/** Made-up values to show: the same seed gives the same, and texts hold all that a page or a spreadsheet may trip over. */

const PIECES = [
  "<script>alert(1)</script>",
  'say "no", twice',
  "=1+1",
  "line\nbreak",
  "ünïcode → ∞",
  "a, b",
  "</td>",
  "&amp;",
  "plain",
  "long ".repeat(30).trim(),
];

export class RandomValues {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** In [0, 1): Park and Miller's generator. */
  next(): number {
    this.#seed = this.#seed * 48_271 % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Of any size, and of either sign if `signed`. */
  number(signed = false): number {
    const size = 10 ** (this.next() * 12 - 6);
    return signed && this.next() < 0.5 ? -size : size;
  }

  text(): string {
    return `${this.pick(PIECES)} ${this.below(1_000)} ${this.pick(PIECES)}`;
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.below(16).toString(16)).join("");
  }
}
