/** misc.yaml `instruments:` what is known of a symbol beside its bars. */
import { z } from "zod";
import { fromNumber, ONE } from "../account/money.ts";
import { ConfigError } from "./load_yaml.ts";

export const CalendarKind = z.enum(["24x7", "weekdays", "from-data"]);
export type CalendarKind = z.output<typeof CalendarKind>;

/** An IANA name, as `Europe/Berlin`. */
export const TimeZoneName = z.string().refine(isTimeZone, {
  error: "must be an IANA time zone, e.g. UTC or America/New_York",
});

/** The unit of exact money: no price, quantity or amount is finer. */
const UNIT = 1e-8;

/** What an account may be kept in, and a price be quoted in. */
export const CurrencyName = z.string().regex(/^[A-Z]{3,5}$/, { error: "must be 3 to 5 capital letters" });

const Instrument = z.strictObject({
  symbols: z.string().regex(/^[A-Za-z0-9*][A-Za-z0-9._/*-]{0,31}$/, {
    error: "must be a symbol, in which * stands for any text",
  }).meta({
    unit: "",
    description:
      "Which symbols it describes; `*` stands for any text. The first that fits counts, and one that never could is refused.",
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
      "Whose days, weeks and hours the calendar, features on longer timeframes and hour, weekday and month mean, where bars are " +
      "shorter than a day.",
  }),
  session_start: z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, {
    error: "must be a time of the day, e.g. 17:00",
  }).default("00:00").meta({
    unit: "HH:MM",
    description:
      "When a day begins on that clock. From 12:00 on it is the evening before: an FX day from 17:00 in New York is " +
      "named after the date on which it ends, so Sunday evening belongs to Monday.",
  }),
  quote: CurrencyName.optional().meta({
    unit: "",
    description:
      "Currency of its prices. It must be account.currency, which it is unless told otherwise: nothing converts.",
  }),
  tick: z.number().min(UNIT).max(1e6).multipleOf(UNIT).default(UNIT).meta({
    unit: "quote currency",
    description:
      "Step of its prices. What is paid at a fill, a stop or a take is rounded to it against the trader: buying up, selling " +
      "down.",
  }),
  lot: z.number().min(UNIT).max(1e9).multipleOf(UNIT).default(UNIT).meta({
    unit: "contracts",
    description: "Step of its quantities. A trade is rounded to it towards less.",
  }),
  min_notional: z.number().min(0).max(1e9).multipleOf(UNIT).default(0).meta({
    unit: "quote currency",
    description:
      "An order that enters or resizes by less is void. What closes a position is never too small.",
  }),
  multiplier: z.number().min(UNIT).max(1e6).multipleOf(UNIT).default(1).meta({
    unit: "units a contract",
    description:
      "How much of what is priced one contract is, as 50 for a future of 50 times the index. Accounts and fills count units: " +
      "contracts times the multiplier.",
  }),
  shortable: z.boolean().default(true).meta({
    unit: "",
    description: "Whether it can be sold short. False refuses at the start a model whose actions have short.",
  }),
}).superRefine(({ lot, multiplier }, context) => {
  if ((fromNumber(lot) * fromNumber(multiplier)) % ONE === 0n) return;
  const message = "must be, times its multiplier, a multiple of 0.00000001 units";
  context.addIssue({ code: "custom", path: ["lot"], message });
}, { when: ({ issues }) => !issues.some(({ path }) => path?.[0] === "lot" || path?.[0] === "multiplier") });
export type Instrument = z.output<typeof Instrument>;

export const Instruments = z.array(Instrument).min(0).max(1_000).superRefine((instruments, context) => {
  const texts = instruments.map((each) => String((each as Partial<Instrument> | null)?.symbols ?? ""));
  const patterns = texts.map(patternOf);
  texts.forEach((text, index) => {
    // What stands for any text takes a * of another pattern, and so all that this one stands for.
    const before = patterns.findIndex((pattern) => pattern.test(text));
    if (before < 0 || before >= index) return;
    const message = `must come before ${texts[before]}, which takes all of its symbols`;
    context.addIssue({ code: "custom", path: [index, "symbols"], message });
  });
}, { when: ({ value }) => Array.isArray(value) && value.length <= 1_000 }).default([]);

/** The first instrument that a symbol fits; undefined where none does. */
export function instrumentOf(
  instruments: readonly Readonly<Instrument>[],
  symbol: string,
): Readonly<Instrument> | undefined {
  return instruments.find(({ symbols }) => patternOf(symbols).test(symbol));
}

/** @param actions What may be decided.
 * @throws {ConfigError} If something can be sold short that may not be. */
export function checkShortable(
  actions: readonly string[],
  instruments: readonly Readonly<Instrument>[],
  symbols: readonly string[],
): void {
  if (!actions.includes("short")) return;
  const held = symbols.filter((symbol) => instrumentOf(instruments, symbol)?.shortable === false);
  if (held.length === 0) return;
  throw new ConfigError(
    "model_config.yaml with misc.yaml",
    held.map((symbol) =>
      `heads.action.values must not have short for ${symbol}, whose instrument is not shortable: they are ${
        actions.join(", ")
      }`
    ),
  );
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
