/** When a symbol's bars are expected, so that a weekend is no gap and a lost bar is one. Knows only the past: what it
 * learns from data, it learns from the bars so far. */
import type { CalendarKind } from "../config/instruments_config.ts";
import { type Timeframe, timeframeMs } from "../contracts/symbol.ts";
import type { SessionDays } from "./session_days.ts";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1 January 1970 was a Thursday; weeks start on Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** A time of the week is expected after bars in so many of the weeks before. */
const WEEKS_SEEN = 3;
const WEEKS_OBSERVED = 4;
/** So many days in a row without any bar are holidays: a large exchange was closed as long in September 2001. */
const MOST_HOLIDAYS = 4;
/** A gap of more steps (a month of minutes) is counted up to here. */
const MOST_STEPS = 50_000;

/** Bars that were expected and did not come. */
export interface Gap {
  readonly bars: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Their open times, the first `GAP_TIMES` of them. */
  readonly times: readonly number[];
}

/** As many as can be filled at most. */
export const GAP_TIMES = 1_000;

export class TradingCalendar {
  readonly #kind: CalendarKind;
  readonly #stepMs: number;
  readonly #days: Pick<SessionDays, "offsetMs">;
  /** By time of the week, for `from-data`: the last week with a bar, and one bit for each week before it. */
  readonly #lastWeek: Int32Array;
  readonly #weeks: Uint8Array;

  constructor(kind: CalendarKind, timeframe: Timeframe, days: Pick<SessionDays, "offsetMs">) {
    this.#stepMs = timeframeMs(timeframe);
    // Weeks and months are expected one after the other in every calendar.
    this.#kind = this.#stepMs > DAY_MS ? "24x7" : kind;
    this.#days = days;
    const slots = this.#kind === "from-data" ? Math.ceil(WEEK_MS / this.#stepMs) : 0;
    this.#lastWeek = new Int32Array(slots).fill(-1_000);
    this.#weeks = new Uint8Array(slots);
  }

  /** Learns from a bar that came. */
  seen(openTimeMs: number): void {
    if (this.#kind !== "from-data") return;
    const wallMs = openTimeMs + this.#days.offsetMs(openTimeMs) - FIRST_MONDAY_MS;
    const week = Math.floor(wallMs / WEEK_MS);
    const slot = Math.floor((wallMs - week * WEEK_MS) / this.#stepMs);
    this.#weeks[slot] = this.#weeksBefore(slot, week) | 1;
    this.#lastWeek[slot] = week;
  }

  /** What should have come between two bars that came one after the other; null where nothing should have. */
  gap(afterMs: number, beforeMs: number): Gap | null {
    const endMs = beforeMs - this.#stepMs / 2;
    if (afterMs + this.#stepMs >= endMs) return null;
    const steps = Math.min(Math.ceil((endMs - afterMs) / this.#stepMs) - 1, MOST_STEPS);
    const open = new GapCount();
    const dark = new GapCount();
    const [firstDay, lastDay] = [this.#day(afterMs), this.#day(beforeMs)];
    let [darkDays, darkDay] = [0, NaN];
    for (let step = 1; step <= steps; step++) {
      const timeMs = afterMs + step * this.#stepMs;
      if (!this.#isExpected(timeMs)) continue;
      const day = this.#day(timeMs);
      if (this.#kind !== "from-data" || day === firstDay || day === lastDay) {
        open.add(timeMs);
        continue;
      }
      dark.add(timeMs);
      if (day !== darkDay) darkDays++;
      darkDay = day;
    }
    return GapCount.joined(open, darkDays > MOST_HOLIDAYS ? dark : new GapCount());
  }

  #isExpected(timeMs: number): boolean {
    if (this.#kind === "24x7") return true;
    const wallMs = timeMs + this.#days.offsetMs(timeMs) - FIRST_MONDAY_MS;
    const week = Math.floor(wallMs / WEEK_MS);
    const inWeekMs = wallMs - week * WEEK_MS;
    if (this.#kind === "weekdays") return inWeekMs < 5 * DAY_MS;
    return bitsIn(this.#weeksBefore(Math.floor(inWeekMs / this.#stepMs), week)) >= WEEKS_SEEN;
  }

  /** One bit for each of the weeks before this one in which a bar came then; the lowest bit, for this week, is 0. */
  #weeksBefore(slot: number, week: number): number {
    const elapsed = week - this.#lastWeek[slot];
    const bits = this.#weeks[slot];
    if (elapsed === 0) return bits & ~1;
    return elapsed > WEEKS_OBSERVED ? 0 : (bits << elapsed) & (2 ** (WEEKS_OBSERVED + 1) - 1);
  }

  #day(timeMs: number): number {
    return Math.floor((timeMs + this.#days.offsetMs(timeMs)) / DAY_MS);
  }
}

class GapCount {
  #bars = 0;
  #firstMs = Infinity;
  #lastMs = -Infinity;
  readonly #times: number[] = [];

  add(timeMs: number): void {
    this.#bars++;
    this.#firstMs = Math.min(this.#firstMs, timeMs);
    this.#lastMs = Math.max(this.#lastMs, timeMs);
    if (this.#times.length < GAP_TIMES) this.#times.push(timeMs);
  }

  static joined(a: GapCount, b: GapCount): Gap | null {
    if (a.#bars + b.#bars === 0) return null;
    return {
      bars: a.#bars + b.#bars,
      firstMs: Math.min(a.#firstMs, b.#firstMs),
      lastMs: Math.max(a.#lastMs, b.#lastMs),
      times: [...a.#times, ...b.#times].sort((one, other) => one - other).slice(0, GAP_TIMES),
    };
  }
}

function bitsIn(byte: number): number {
  let bits = 0;
  for (let left = byte; left > 0; left >>= 1) bits += left & 1;
  return bits;
}
