/** Adds lanes up to one equity curve. Pure. */
import type { LaneBook } from "./lane_book.ts";

export interface Curve {
  /** Open times of the bars, ascending. */
  readonly timesMs: Float64Array;
  /** At each close, all above 0; the first is the cash that all started with. */
  readonly equity: Float64Array;
  /** Signed value of all positions over the equity. */
  readonly position: Float64Array;
  /** When nothing was left, for good; null if that never happened. */
  readonly ruinedMs: number | null;
}

/** A curve has to stay above 0 to be measured: what lost all is worth this share of its start. */
const RUINED_SHARE = 1e-6;

/** Between its bars a lane is worth what it was worth last; before its first one, its cash.
 * @param books At least one, with a bar each. */
export function portfolioOf(books: readonly LaneBook[]): Curve {
  const times = timesOf(books);
  const equity = new Float64Array(times.length);
  const held = new Float64Array(times.length);
  for (const book of books) {
    let at = 0;
    for (let row = 0; row < times.length; row++) {
      while (at + 1 < book.timesMs.length && book.timesMs[at + 1]! <= times[row]!) at++;
      equity[row]! += book.equity[at]!;
      if (book.timesMs[at]! <= times[row]!) held[row]! += book.position[at]! * book.equity[at]!;
    }
  }
  const ruined = equity.findIndex((value) => value <= equity[0]! * RUINED_SHARE);
  if (ruined >= 0) equity.fill(equity[0]! * RUINED_SHARE, ruined);
  return {
    timesMs: times,
    equity,
    position: held.map((value, row) => value / equity[row]!),
    ruinedMs: ruined < 0 ? null : times[ruined]!,
  };
}

function timesOf(books: readonly LaneBook[]): Float64Array {
  if (books.length === 1) return Float64Array.from(books[0]!.timesMs);
  return Float64Array.from(new Set(books.flatMap(({ timesMs }) => timesMs))).sort();
}
