/** Cuts a feed into history to learn from and rounds to decide on. Knows no pace: `pace.ts` holds the time between. */
import type { Bar, BarPhase } from "../contracts/bar.ts";
import type { BarSeries } from "./bar_series.ts";
import type { Feed } from "./feed.ts";

/** All bars that open at one time. A symbol without a bar at that time is absent, and holds up nobody. */
export interface Round {
  readonly phase: BarPhase;
  readonly openTimeMs: number;
  /** By symbol, in the feed's order. */
  readonly bars: ReadonlyMap<string, Bar>;
}

export interface ScheduleOptions {
  /** The first share of the rounds that is history, above 0 and below 1. */
  readonly bootstrapShare?: number;
  /** How many rounds to decide on; null for all that follow the history. */
  readonly liveBars?: number | null;
}

export class Schedule {
  /** Rounds of history; a symbol that starts late or has gaps has fewer bars: see `bootstrapBars`. */
  readonly bootstrapRounds: number;
  readonly liveRounds: number;
  readonly firstLiveMs: number;
  readonly #feed: Feed;
  readonly #times: Float64Array;

  /** @throws {RangeError} If there are too few rounds, or a number is out of its range. */
  constructor(feed: Feed, { bootstrapShare = 0.8, liveBars = null }: ScheduleOptions = {}) {
    if (!(bootstrapShare > 0 && bootstrapShare < 1)) {
      throw new RangeError(
        `Cannot schedule ${feed.name} as the bootstrap share must be above 0 and below 1: it is ${bootstrapShare}`,
      );
    }
    if (liveBars !== null && !(Number.isInteger(liveBars) && liveBars >= 1)) {
      throw new RangeError(
        `Cannot schedule ${feed.name} as live bars must be a whole number from 1 on: it is ${liveBars}`,
      );
    }
    this.#feed = feed;
    this.#times = distinctTimes(feed.symbols.map((symbol) => feed.bars(symbol)));
    this.bootstrapRounds = Math.floor(this.#times.length * bootstrapShare);
    const left = this.#times.length - this.bootstrapRounds;
    if (this.bootstrapRounds < 1 || left < 1) {
      throw new RangeError(
        `Cannot schedule ${feed.name} as it must hold at least 1 bar before and after the share of ` +
          `${bootstrapShare}: it holds ${this.#times.length}`,
      );
    }
    if (liveBars !== null && liveBars > left) {
      throw new RangeError(
        `Cannot schedule ${feed.name} as at most ${left} live bars follow the first ${this.bootstrapRounds} ` +
          `(bootstrap share ${bootstrapShare}): ${liveBars} are asked for`,
      );
    }
    this.liveRounds = liveBars ?? left;
    this.firstLiveMs = this.#times[this.bootstrapRounds];
  }

  /** How many bars of history a symbol has. */
  bootstrapBars(symbol: string): number {
    return this.#feed.bars(symbol).firstAfter(this.firstLiveMs - 1);
  }

  /** History and then live rounds, in order of time. @param afterMs Starts after this round, e.g. the last published. */
  *rounds(afterMs = -1): Generator<Round> {
    const end = this.bootstrapRounds + this.liveRounds;
    const cursors = this.#feed.symbols.map((symbol) => {
      const series = this.#feed.bars(symbol);
      return { symbol, series, index: series.firstAfter(afterMs) };
    });
    for (let round = firstTimeAfter(this.#times, afterMs); round < end; round++) {
      const openTimeMs = this.#times[round];
      const bars = new Map<string, Bar>();
      for (const cursor of cursors) {
        if (cursor.index >= cursor.series.length) continue;
        if (cursor.series.openTimeMs(cursor.index) !== openTimeMs) continue;
        bars.set(cursor.symbol, cursor.series.at(cursor.index++));
      }
      yield { phase: round < this.bootstrapRounds ? "bootstrap" : "live", openTimeMs, bars };
    }
  }
}

/** Every time at which any series has a bar, ascending. */
function distinctTimes(all: readonly BarSeries[]): Float64Array {
  let count = all.reduce((sum, series) => sum + series.length, 0);
  const times = new Float64Array(count);
  count = 0;
  for (const series of all) {
    for (let index = 0; index < series.length; index++) times[count++] = series.openTimeMs(index);
  }
  if (all.length === 1) return times;
  times.sort();
  let kept = 0;
  for (const time of times) if (kept === 0 || time !== times[kept - 1]) times[kept++] = time;
  return times.slice(0, kept);
}

function firstTimeAfter(times: Float64Array, timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] > timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Refuses a feed that the configuration cannot learn from, before anything is published.
 * @param needed Bars up to the first state.  @throws {RangeError} Naming the feed, the rule and the value. */
export function checkHistory(feed: Feed, schedule: Schedule, timeframe: string, needed: number): void {
  if (feed.timeframe !== timeframe) {
    throw new RangeError(
      `Cannot use ${feed.name} as its bars must be ${timeframe} long, as data.timeframe in the configuration says: ` +
        `they are ${feed.timeframe}. Change that line in a copy and name it with --config`,
    );
  }
  const least = leastHistory(needed);
  for (const symbol of feed.symbols) {
    const bars = schedule.bootstrapBars(symbol);
    if (bars >= least) continue;
    throw new RangeError(
      `Cannot learn ${symbol} of ${feed.name} as its history must hold ${least} bars or more ` +
        `(${needed} to warm up, ${LEAST_STEPS} to learn from): it holds ${bars}`,
    );
  }
}

/** Steps of history below which nothing can be scaled or learned. */
const LEAST_STEPS = 50;

/** The fewest bars of history to learn from. @param needed Bars up to the first state. */
export function leastHistory(needed: number): number {
  return needed + LEAST_STEPS;
}
