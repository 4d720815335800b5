/** Where bars lie in time: on a grid in UTC, days from midnight and weeks from Monday. */

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1 January 1970 was a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Open time of the bar that a moment falls into. @param stepMs Length of the bars. */
export function barOpenMs(timeMs: number, stepMs: number): number {
  const offsetMs = stepMs % WEEK_MS === 0 ? FIRST_MONDAY_MS : 0;
  return Math.floor((timeMs - offsetMs) / stepMs) * stepMs + offsetMs;
}
