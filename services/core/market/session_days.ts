/** The days of one exchange: by the clock on its wall, from the time at which its session starts. A day has 23 or 25 hours where
 * the clock is put. Pure. */
import { type Instrument, instrumentOf } from "../config/instruments_config.ts";
import { barOpenMs } from "../contracts/bar_grid.ts";
import { type Timeframe, timeframeMs } from "../contracts/symbol.ts";
import { TimeZone } from "./time_zone.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far from a moment the offset of its zone is looked at: no clock shows a date more than a day off. */
const AROUND_MS = 2 * DAY_MS;

export class SessionDays {
  /** E.g. `America/New_York 17:00`; the same name means the same days. */
  readonly name: string;
  readonly #zone: TimeZone;
  /** From the wall clock to one on which the session starts at midnight. */
  readonly #shiftMs: number;

  /** @param timezone An IANA name.
   * @param sessionStart `HH:MM` on the wall clock; from noon on, the day is named after the next date, as with FX at 17:00.
   * @throws {RangeError} If there is no such zone. */
  constructor(timezone = "UTC", sessionStart = "00:00") {
    const [hours = 0, minutes = 0] = sessionStart.split(":").map(Number);
    const startMs = (hours * 60 + minutes) * MINUTE_MS;
    this.#zone = new TimeZone(timezone);
    this.#shiftMs = startMs >= DAY_MS / 2 ? DAY_MS - startMs : -startMs;
    this.name = startMs === 0 ? timezone : `${timezone} ${sessionStart}`;
  }

  /** What is added to UTC to get the clock on which these days begin at midnight. */
  offsetMs(utcMs: number): number {
    return this.#zone.offsetMs(utcMs) + this.#shiftMs;
  }

  /** The bar that a moment falls into, from its first moment to that of the next one. Bars lie on the grid of that clock: the one
   * in which it is put forward is shorter, the one in which it is put back longer.
   * @param lengthMs As the clock counts it. */
  barAt(utcMs: number, lengthMs: number): { readonly openMs: number; readonly endMs: number } {
    let openClockMs = barOpenMs(utcMs + this.offsetMs(utcMs), lengthMs);
    let endMs = this.#firstMs(openClockMs + lengthMs);
    // An hour that the clock shows again belongs to the bar before it is over.
    while (endMs <= utcMs) endMs = this.#firstMs((openClockMs += lengthMs) + lengthMs);
    return { openMs: this.#firstMs(openClockMs), endMs };
  }

  /** The first moment at which the clock shows this time or a later one: it may skip the time, or show it twice. */
  #firstMs(clockMs: number): number {
    const [a, b] = [this.offsetMs(clockMs - AROUND_MS), this.offsetMs(clockMs + AROUND_MS)];
    let late = clockMs - Math.min(a, b);
    if (a === b) return late;
    let early = clockMs - Math.max(a, b);
    if (early + this.offsetMs(early) >= clockMs) return early;
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (middle + this.offsetMs(middle) >= clockMs) late = middle;
      else early = middle;
    }
    return late;
  }
}

/** Midnight to midnight in UTC. */
export const UTC_DAYS = new SessionDays();

/** The days of a symbol. Where bars are a day or longer, they are named by dates already, as midnight UTC.
 * @param timeframe Of the bars. */
export function sessionDaysOf(
  instruments: readonly Readonly<Instrument>[],
  symbol: string,
  timeframe: Timeframe,
): SessionDays {
  const { timezone, session_start: start } = instrumentOf(instruments, symbol) ?? {};
  return timeframeMs(timeframe) >= DAY_MS ? UTC_DAYS : new SessionDays(timezone, start);
}
