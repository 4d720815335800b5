/** Which bars of a feed a backtest decides, and which it may learn from. Pure. */
import type { Bar } from "../../core/contracts/bar.ts";
import type { Feed } from "../../core/market/feed.ts";
import { Schedule } from "../../core/market/schedule.ts";

/** Bars that open from `fromMs` to `toMs`, both included. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SpanChoices {
  /** Dates or times as typed; null for what the feed and the configuration give. */
  readonly from: string | null;
  readonly to: string | null;
  readonly trainUntil: string | null;
  /** At most so many bars of each symbol; null for all. */
  readonly bars: number | null;
  /** The first share of the bars that is history where nothing else is said. */
  readonly bootstrapShare: number;
}

export interface TestedSpan extends Span {
  /** A model that is trained for it may know the bars that open before this. */
  readonly trainUntilMs: number;
}

/** Two points are the least that a curve can be measured by; a day's fill needs one more. */
const LEAST_BARS = 3;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z?$/;

/** By default the bars that a run of the whole system decides: those after the share that is history.
 * @throws {RangeError} If a date cannot be read, dates are out of order, or too few bars are left. */
export function spanOf(feed: Feed, choices: SpanChoices): TestedSpan {
  const schedule = new Schedule(feed, { bootstrapShare: choices.bootstrapShare });
  const typed = {
    from: choices.from === null ? null : momentOf("--from", choices.from),
    trainUntil: choices.trainUntil === null ? null : momentOf("--train-until", choices.trainUntil),
  };
  const fromMs = typed.from ?? typed.trainUntil ?? schedule.firstLiveMs;
  const trainUntilMs = typed.trainUntil ?? fromMs;
  if (trainUntilMs > fromMs) {
    throw new RangeError(
      `Cannot test bars that were learned from, so --train-until must not be after --from: it is ${choices.trainUntil}`,
    );
  }
  const lastMs = choices.to === null ? Infinity : endOf("--to", choices.to);
  const rounds = schedule.rounds(fromMs - 1);
  let [toMs, count] = [-1, 0];
  for (const { openTimeMs } of rounds) {
    if (openTimeMs > lastMs || count === choices.bars) break;
    [toMs, count] = [openTimeMs, count + 1];
  }
  const least = choices.bars ?? LEAST_BARS;
  if (count < least) {
    throw new RangeError(
      `Cannot test ${feed.name} as there must be ${least} bars or more from ${
        new Date(fromMs).toISOString()
      } on` +
        `${choices.to === null ? "" : ` to ${choices.to}`}: there are ${count}`,
    );
  }
  return { fromMs, toMs, trainUntilMs };
}

/** UTC milliseconds of a date, or of a date and time in UTC. */
function momentOf(option: string, text: string): number {
  const time = MOMENT.test(text) && !text.endsWith("Z") ? `${text}Z` : text;
  const ms = DAY.test(text) || MOMENT.test(text) ? Date.parse(time) : NaN;
  if (ms >= 0) return ms;
  throw new RangeError(
    `Cannot take ${option} as it must be a date such as 2015-06-01, or one with a time in UTC such as 2015-06-01T14:30: ` +
      `it is ${text}`,
  );
}

/** A date means the whole day. */
function endOf(option: string, text: string): number {
  const ms = momentOf(option, text);
  return DAY.test(text) ? ms + 86_400_000 - 1 : ms;
}

/** A symbol's bars in a span. */
export function* barsIn(feed: Feed, symbol: string, { fromMs, toMs }: Span): Generator<Bar> {
  const bars = feed.bars(symbol);
  const end = bars.firstAfter(toMs);
  for (let index = bars.firstAfter(fromMs - 1); index < end; index++) yield bars.at(index);
}
