/** The times that a file may hold as text. */
import type { TimeZone } from "./time_zone.ts";

const DAY = String.raw`(?:([12]\d{3})([-/.]?)(\d{2})\2(\d{2})|(\d{2})\.(\d{2})\.([12]\d{3}))`;
const CLOCK = String.raw`(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|UTC|[+-]\d{2}:?(?:\d{2})?)?`;
const DATE = new RegExp(`^${DAY}$`);
const DATE_TIME = new RegExp(`^${DAY}[T ]${CLOCK}$`, "i");
const EPOCH = /^\d{9,19}(?:\.0*)?$/;
/** The units of epoch times, told apart by size. The bounds (1973 for seconds and 1990 for the others, to 2100) leave out
 * digits that spell a date and a time: 202101041030 would be a day of 1976. */
const EPOCH_UNITS = [
  { perMs: 1 / 1_000, from: 1e8, to: 4.1e9 },
  { perMs: 1, from: 6.3e11, to: 4.1e12 },
  { perMs: 1_000, from: 6.3e14, to: 4.1e15 },
  { perMs: 1_000_000, from: 6.3e17, to: 4.1e18 },
] as const;
const MINUTE_MS = 60_000;

export const CSV_TIME_RULE =
  "must be YYYY-MM-DD or DD.MM.YYYY, with or without HH:MM[:SS] and a zone, or epoch s, ms, µs or ns";

/** UTC milliseconds of a cell; what has no zone is taken as UTC. @returns NaN if the cell is no time from 1970 on. */
export function parseCsvTime(cell: string): number {
  return parse(cell.trim()).timeMs;
}

/** UTC milliseconds of an epoch in s, ms, µs or ns; NaN if it is none, or no whole millisecond. */
export function epochMs(value: number): number {
  const unit = EPOCH_UNITS.find(({ from, to }) => value >= from && value < to);
  if (unit === undefined) return NaN;
  const timeMs = Math.round(value / unit.perMs);
  // Nanoseconds are more than a number can tell apart, which both sides are rounded to.
  return timeMs * unit.perMs === value ? timeMs : NaN;
}

/** Reads the times of one file, most of which share their day with the row before. */
export class CsvTimes {
  readonly #zone: TimeZone;
  /** The last date as it is written, and its midnight. */
  #date = "\0";
  #dateMs = 0;
  /** Whether any time of a day named no zone, so that the file's was taken. */
  zoneTaken = false;

  constructor(zone: TimeZone) {
    this.#zone = zone;
  }

  /** @param before The last time of the symbol, and whether its rows go back; see {@link TimeZone.utcMs}.
   * @returns UTC milliseconds, NaN if the cell is no time from 1970 on. */
  read(cell: string, before: { readonly lastMs: number; readonly isFalling: boolean }): number {
    if (cell.length === 19 && cell.startsWith(this.#date)) {
      const clockMs = clockOf(cell);
      if (clockMs >= 0) return this.onWall(this.#dateMs + clockMs, before);
    }
    const text = cell.trim();
    const { timeMs, isWall } = parse(text);
    if (!isWall || Number.isNaN(timeMs)) return timeMs;
    this.#date = text.slice(0, 10);
    this.#dateMs = parse(this.#date).timeMs;
    // A date may be shorter: 20210104.
    if (Number.isNaN(this.#dateMs)) this.#date = "\0";
    return this.onWall(timeMs, before);
  }

  /** The moment at which the file's clock showed this; NaN before 1970. */
  onWall(
    wallMs: number,
    { lastMs, isFalling }: { readonly lastMs: number; readonly isFalling: boolean },
  ): number {
    this.zoneTaken = true;
    const timeMs = this.#zone.utcMs(wallMs, lastMs, isFalling);
    return timeMs >= 0 ? timeMs : NaN;
  }
}

/** Milliseconds of the day in `DDDDDDDDDD HH:MM:SS`; -1 if it is not written so. */
function clockOf(cell: string): number {
  const separator = cell.charCodeAt(10);
  if (separator !== 32 && separator !== 84) return -1;
  if (cell.charCodeAt(13) !== 58 || cell.charCodeAt(16) !== 58) return -1;
  const [hours, minutes, seconds] = [twoDigits(cell, 11), twoDigits(cell, 14), twoDigits(cell, 17)];
  return hours < 24 && minutes < 60 && seconds < 60 ? ((hours * 60 + minutes) * 60 + seconds) * 1_000 : -1;
}

/** NaN if they are none. */
function twoDigits(cell: string, at: number): number {
  const [tens, ones] = [cell.charCodeAt(at) - 48, cell.charCodeAt(at + 1) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** @returns The time, and whether it is of a day's clock that names no zone. A date alone names a day: it is UTC. */
function parse(text: string): { readonly timeMs: number; readonly isWall: boolean } {
  if (EPOCH.test(text)) return { timeMs: epochMs(Number(text)), isWall: false };
  const parts = DATE.exec(text) ?? DATE_TIME.exec(text);
  if (parts === null) return { timeMs: NaN, isWall: false };
  const [, year, , month, day, otherDay, otherMonth, otherYear] = parts;
  const [hour = "0", minute = "0", second = "0", fraction = "0", zone] = parts.slice(8);
  const timeMs = utcMs(
    [year ?? otherYear, month ?? otherMonth, day ?? otherDay, hour, minute, second].map(Number),
    Number(fraction.padEnd(3, "0").slice(0, 3)),
  ) - zoneMs(zone ?? "Z");
  return { timeMs: timeMs >= 0 ? timeMs : NaN, isWall: parts.length > 8 && zone === undefined };
}

function utcMs([year, month, day, hour, minute, second]: readonly number[], milli: number): number {
  const timeMs = Date.UTC(year, month - 1, day, hour, minute, second, milli);
  // Date.UTC carries 30 February into March, and 24:00 into the next day.
  const exists = new Date(timeMs).getUTCMonth() === month - 1 && hour < 24 && minute < 60 && second < 60;
  return exists ? timeMs : NaN;
}

function zoneMs(zone: string): number {
  const parts = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (parts === null) return 0;
  const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? "0");
  return (parts[1] === "-" ? -1 : 1) * minutes * MINUTE_MS;
}
