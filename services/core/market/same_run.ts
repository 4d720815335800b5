/** Which run lies in a database. Pure. */
import type { FeedStatus } from "../contracts/feed_status.ts";

/** Bars of two feeds must never mix in one database. @throws {RangeError} If another run lies there. */
export function checkSameRun(before: FeedStatus, now: FeedStatus): void {
  const identity = (status: FeedStatus) => {
    const { feed, symbols, timeframe, bootstrapBars, lockstep, plannedLiveBars, days = {} } = status;
    const named = Object.entries(days).map(([symbol, name]) => `; days of ${symbol}: ${name}`);
    return `${feed} (${symbols.join(", ")}; ${timeframe}${named.join("")}${
      plannedLiveBars === null ? "" : `; ${bootstrapBars} bars of history`
    }${lockstep ? "; lockstep" : ""})`;
  };
  if (identity(before) === identity(now)) return;
  throw new RangeError(
    `Cannot publish ${identity(now)} as the database must be empty or hold the same run: it holds ${
      identity(before)
    }`,
  );
}
