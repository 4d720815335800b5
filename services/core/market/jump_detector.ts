/** Tells prices that no market makes from large moves: further from the last close than so many robust standard
 * deviations of the moves before. Knows only the past; a level that holds is believed in the end. */
import type { Bar } from "../contracts/bar.ts";

/** Moves that the deviation is taken over, and how many there must be. */
const WINDOW = 64;
const LEAST_MOVES = 20;
/** Median absolute deviations of a normal distribution in its standard deviation. */
const NORMAL = 1.4826;
/** So many bars in a row at a new level are no error. */
const LEVEL_BARS = 3;

export type Jump =
  /** An open or close is too far. */
  | { readonly kind: "price"; readonly field: "open" | "close"; readonly move: number; readonly most: number }
  /** A high or low alone is. */
  | { readonly kind: "wick"; readonly field: "high" | "low"; readonly move: number; readonly most: number }
  /** A price that is too far, but has stayed there: it is believed. */
  | { readonly kind: "level"; readonly field: "close"; readonly move: number; readonly most: number };

export class JumpDetector {
  readonly #sigmas: number;
  readonly #least: number;
  /** The factor that `least` is. */
  readonly #near: number;
  /** Absolute moves a bar, as a ring; a bar that did not move tells nothing. */
  readonly #moves = new Float64Array(WINDOW);
  #count = 0;
  #lastClose = NaN;
  /** Close of the last bar that was too far, and how many there were at that level. */
  #level = NaN;
  #levelBars = 0;

  /** @param least Log return below which nothing is a jump. */
  constructor({ sigmas, least }: { readonly sigmas: number; readonly least: number }) {
    this.#sigmas = sigmas;
    this.#least = least;
    this.#near = Math.exp(least);
  }

  /** Judges the next bar. Its prices are sound. @param steps Bars that passed since the last one, 1 at least.
   * @returns Null if all is believed. */
  judge(bar: Bar, steps: number): Jump | null {
    const { open, high, low, close } = bar;
    const last = this.#lastClose;
    const isNear = high <= last * this.#near && low * this.#near >= last && high <= low * this.#near;
    if (isNear || this.#count < LEAST_MOVES) return null;
    const most = this.#most(steps);
    const far = (["open", "close"] as const).find((field) => Math.abs(Math.log(bar[field] / last)) > most);
    if (far !== undefined) return this.#afterJump(bar, far, most);
    const [up, down] = [Math.log(high / Math.max(open, close)), Math.log(Math.min(open, close) / low)];
    if (up > most) return { kind: "wick", field: "high", move: up, most };
    return down > most ? { kind: "wick", field: "low", move: -down, most } : null;
  }

  /** Learns from a bar that was taken. */
  take(close: number, steps: number): void {
    const move = Math.abs(Math.log(close / this.#lastClose));
    if (move > 0 && this.#levelBars < LEVEL_BARS) {
      this.#moves[this.#count % WINDOW] = move / Math.sqrt(steps);
      this.#count++;
    }
    this.#lastClose = close;
    this.#levelBars = 0;
  }

  #afterJump(bar: Bar, field: "open" | "close", most: number): Jump {
    const isAtLevel = [bar.open, bar.close].every((price) => Math.abs(Math.log(price / this.#level)) <= most);
    this.#levelBars = isAtLevel ? this.#levelBars + 1 : 1;
    this.#level = bar.close;
    const move = Math.log(bar[field] / this.#lastClose);
    if (this.#levelBars >= LEVEL_BARS) return { kind: "level", field: "close", move, most };
    return { kind: "price", field, move, most };
  }

  #most(steps: number): number {
    const moves = this.#moves.slice(0, Math.min(this.#count, WINDOW)).sort();
    const sigma = NORMAL * (moves[moves.length >> 1] as number);
    return Math.max(this.#least, this.#sigmas * sigma * Math.sqrt(steps));
  }
}
