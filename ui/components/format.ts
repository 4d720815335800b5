/** Numbers, dates and names as the page writes them: one locale, UTC, a true minus sign. Pure. */
import type { Timeframe } from "../../services/core/contracts/symbol.ts";

const NONE = "–";

/** With a fixed number of decimals, so that columns line up. */
export function decimal(value: number | null | undefined, places: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return withMinus(formatOf(places).format(value));
}

/** Making a format costs a hundred times what using it does. */
const formats: Intl.NumberFormat[] = [];

function formatOf(places: number): Intl.NumberFormat {
  return formats[places] ??= new Intl.NumberFormat("en-US", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
}

export function count(value: number | null | undefined): string {
  return decimal(value, 0);
}

/** Always with its sign; zero has none. */
export function signed(value: number | null | undefined, places: number): string {
  const text = decimal(value, places);
  return (value ?? 0) > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A fraction as per cent. */
export function percent(fraction: number | null | undefined, places = 1): string {
  const text = decimal((fraction ?? NaN) * 100, places);
  return text === NONE ? text : `${text} %`;
}

export function signedPercent(fraction: number | null | undefined, places = 2): string {
  const text = signed((fraction ?? NaN) * 100, places);
  return text === NONE ? text : `${text} %`;
}

/** A price: two decimals, more where it is small. */
export function price(value: number | null | undefined): string {
  const size = Math.abs(value ?? 0);
  return decimal(value, size === 0 || size >= 10 ? 2 : size >= 0.1 ? 5 : 8);
}

/** Money: two decimals, fewer when the amount is long. */
export function money(value: number | null | undefined): string {
  return decimal(value, Math.abs(value ?? 0) >= 1e7 ? 0 : 2);
}

export function signedMoney(value: number | null | undefined): string {
  return signed(value, Math.abs(value ?? 0) >= 1e7 ? 0 : 2);
}

/** Four significant digits; with an exponent only where a person could not read it otherwise. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return NONE;
  if (Number.isInteger(value) && size < 1e12) return count(value);
  if (size < 1e-3 || size >= 1e9) return withMinus(value.toExponential(2));
  const digits = { minimumSignificantDigits: 4, maximumSignificantDigits: 4 };
  return withMinus(value.toLocaleString("en-US", digits));
}

/** Bars of such a length are named by their UTC day. */
export function isDayOrLonger(timeframe: Timeframe | undefined): boolean {
  return timeframe === undefined || /[dw]$/.test(timeframe);
}

/** A bar's open time: the UTC day where bars are days or longer, else with the time in the zone. */
export function barDate(
  ms: number | null | undefined,
  timeframe: Timeframe | undefined,
  zone: "utc" | "local" = "utc",
): string {
  if (ms === null || ms === undefined) return NONE;
  return isDayOrLonger(timeframe)
    ? new Date(ms).toISOString().slice(0, 10)
    : wallClock(ms, zone).slice(0, 16).replace("T", " ");
}

/** A moment, to the second. */
export function moment(ms: number, zone: "utc" | "local" = "utc"): string {
  return wallClock(ms, zone).slice(0, 19).replace("T", " ");
}

/** As ISO 8601 writes it, on the clock of the zone. */
function wallClock(ms: number, zone: "utc" | "local"): string {
  const offsetMs = zone === "utc" ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString();
}

/** `m-` and the first 8 of its 16 digits: enough to tell versions apart. */
export function shortVersion(version: string | null | undefined): string {
  return version?.slice(0, 10) ?? NONE;
}

export function megabytes(bytes: number): string {
  return decimal(bytes / 1e6, bytes < 1e7 ? 1 : 0);
}

export function duration(ms: number): string {
  const seconds = Math.max(0, ms / 1_000);
  if (seconds < 10) return `${decimal(seconds, 1)} s`;
  if (seconds < 120) return `${count(seconds)} s`;
  if (seconds < 7_200) return `${count(Math.floor(seconds / 60))} min`;
  return `${decimal(seconds / 3_600, 1)} h`;
}

export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function withMinus(text: string): string {
  return text.replace(/^-(?=[0.,]*$)/, "").replaceAll("-", "−");
}
