/** Reads the beginning of what was learned from, for the proofs that it has not seen the future. */
import { barStream } from "../../core/contracts/bar.ts";
import { experienceStream } from "../../core/contracts/experience.ts";
import type { FeedStatus } from "../../core/contracts/feed_status.ts";
import type { Store } from "../../core/redis/store.ts";
import type { LearnedHistory } from "./leakage_step.ts";

/** Symbols that are looked at: all of them are made by the same program. */
const MOST_SYMBOLS = 4;

export interface LookedAt extends Pick<FeedStatus, "symbols" | "timeframe"> {
  readonly account: string;
  /** Bars of each symbol. */
  readonly count: number;
}

/** @param store Sees the archive too. */
export function learnedHistories(
  store: Store,
  { account, symbols, timeframe, count }: LookedAt,
): Promise<LearnedHistory[]> {
  return Promise.all(
    symbols.slice(0, MOST_SYMBOLS).map(async (symbol) => {
      const bars = await store.range(barStream(symbol, timeframe), { count });
      const to = bars.at(-1)?.id;
      const experience = to === undefined
        ? []
        : await store.range(experienceStream(account, symbol), { to, count });
      return {
        symbol,
        bars: bars.map(({ value }) => value.bar),
        experience: experience.map(({ value }) => value),
      };
    }),
  );
}
