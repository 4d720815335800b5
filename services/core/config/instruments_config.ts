/** misc.yaml `instruments:` what is known of a symbol beside its bars. */
import { z } from "zod";

export const CalendarKind = z.enum(["24x7", "weekdays", "from-data"]);
export type CalendarKind = z.output<typeof CalendarKind>;

/** An IANA name, as `Europe/Berlin`. */
export const TimeZoneName = z.string().refine(isTimeZone, {
  error: "must be an IANA time zone, e.g. UTC or America/New_York",
});

const Instrument = z.strictObject({
  symbols: z.string().regex(/^[A-Za-z0-9*][A-Za-z0-9._/*-]{0,31}$/, {
    error: "must be a symbol, in which * stands for any text",
  }).meta({
    unit: "",
    description: "Which symbols it describes; `*` stands for any text. The first that fits counts.",
  }),
  calendar: CalendarKind.default("from-data").meta({
    unit: "",
    description:
      "When bars are expected: always; Monday to Friday; or at the times of the week at which they came " +
      "in three of the last four weeks, where up to four days in a row without any bar are holidays.",
  }),
  timezone: TimeZoneName.default("UTC").meta({
    unit: "",
    description:
      "Whose days, weeks and hours the calendar and features on longer timeframes mean, where bars are shorter than a day.",
  }),
  session_start: z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, {
    error: "must be a time of the day, e.g. 17:00",
  }).default("00:00").meta({
    unit: "HH:MM",
    description:
      "When a day begins on that clock. From 12:00 on it is the evening before: an FX day from 17:00 in New York is " +
      "named after the date on which it ends, so Sunday evening belongs to Monday.",
  }),
});
export type Instrument = z.output<typeof Instrument>;

export const Instruments = z.array(Instrument).min(0).max(1_000).default([]);

/** The first instrument that a symbol fits; undefined where none does. */
export function instrumentOf(
  instruments: readonly Readonly<Instrument>[],
  symbol: string,
): Readonly<Instrument> | undefined {
  return instruments.find(({ symbols }) => patternOf(symbols).test(symbol));
}

function patternOf(symbols: string): RegExp {
  const literal = symbols.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
