/** The times that a CSV file may hold. */

const DATE = /^([12]\d{3})([-/.]?)(\d{2})\2(\d{2})$/;
const DATE_TIME =
  /^([12]\d{3})([-/.]?)(\d{2})\2(\d{2})[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|UTC|[+-]\d{2}:?(?:\d{2})?)?$/i;
const EPOCH = /^\d{9,16}(?:\.0*)?$/;
/** The units of epoch times, told apart by size. The bounds (1973 for seconds and 1990 for the others, to 2100) leave out
 * digits that spell a date and a time: 202101041030 would be a day of 1976. */
const EPOCH_UNITS = [
  { perMs: 1 / 1_000, from: 1e8, to: 4.1e9 },
  { perMs: 1, from: 6.3e11, to: 4.1e12 },
  { perMs: 1_000, from: 6.3e14, to: 4.1e15 },
] as const;

export const CSV_TIME_RULE =
  "must be YYYY-MM-DD, YYYY-MM-DD HH:MM[:SS] with or without a zone, or epoch s, ms or µs";

/** UTC milliseconds of a cell; what has no zone is taken as UTC. @returns NaN if the cell is no time from 1970 on. */
export function parseCsvTime(cell: string): number {
  const text = cell.trim();
  if (EPOCH.test(text)) return epochMs(Number(text));
  const date = DATE.exec(text);
  if (date !== null) return utcMs(date[1], date[3], date[4], "0", "0", "0", "0");
  const parts = DATE_TIME.exec(text);
  if (parts === null) return NaN;
  const [, year, , month, day, hour, minute, second = "0", fraction = "0", zone = "Z"] = parts;
  const timeMs = utcMs(year, month, day, hour, minute, second, fraction.padEnd(3, "0").slice(0, 3)) -
    zoneMs(zone);
  return timeMs >= 0 ? timeMs : NaN;
}

/** Whether a time names no zone, so that UTC was assumed. */
export function lacksZone(cell: string): boolean {
  const parts = DATE_TIME.exec(cell.trim());
  return parts !== null && parts[9] === undefined;
}

function epochMs(value: number): number {
  const unit = EPOCH_UNITS.find(({ from, to }) => value >= from && value < to);
  if (unit === undefined) return NaN;
  const timeMs = value / unit.perMs;
  return Number.isInteger(timeMs) ? timeMs : NaN;
}

function utcMs(
  year: string,
  month: string,
  day: string,
  hour: string,
  minute: string,
  second: string,
  milli: string,
): number {
  const [m, d, h, min, s] = [Number(month), Number(day), Number(hour), Number(minute), Number(second)];
  const timeMs = Date.UTC(Number(year), m - 1, d, h, min, s, Number(milli));
  // Date.UTC carries 30 February into March, and 24:00 into the next day.
  const exists = new Date(timeMs).getUTCMonth() === m - 1 && h < 24 && min < 60 && s < 60;
  return exists && timeMs >= 0 ? timeMs : NaN;
}

function zoneMs(zone: string): number {
  const parts = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (parts === null) return 0;
  const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? "0");
  return (parts[1] === "-" ? -1 : 1) * minutes * 60_000;
}
