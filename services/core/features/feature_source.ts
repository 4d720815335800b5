/** What a feature source is: an indicator of a library, or plain arithmetic on prices, one bar in, one value out. */
import { z } from "zod";
import type { Bar } from "../contracts/bar.ts";
import { type SessionDays, UTC_DAYS } from "../market/session_days.ts";
import { LibraryAverages } from "./library_averages.ts";

/** A source's parameters by name. */
export type SourceParams = Readonly<Record<string, number>>;

/** The next value; not a finite number while the library warms up, and where its formula has none (a flat price).
 *
 * **Invariant:** beyond the last `barsNeeded` bars it depends on nothing but the averages that were handed to it. */
export type SourceStream = (bar: Bar) => number | null | undefined;

export interface FeatureSource {
  readonly summary: string;
  readonly library: "indicatorts" | "trading-signals" | "arithmetic";
  readonly unit: string;
  /** Lowest and highest value. */
  readonly range: readonly [number, number];
  /** What replaces a value that is not finite. */
  readonly neutral: number;
  readonly params: z.ZodObject;
  /** True of what says when a bar is, by the clock of its symbol's days. */
  readonly readsClock?: true;
  /** Bars up to the first value, that bar included. A recursive average counts as warm when its seed is forgotten. */
  barsNeeded(params: SourceParams): number;
  /** @param averages Takes every recursive average, so that it can be saved.  @param days Whose clock is read. */
  start(params: SourceParams, averages?: LibraryAverages, days?: SessionDays): SourceStream;
}

interface SourceDefinition<S extends z.ZodObject>
  extends Omit<FeatureSource, "params" | "barsNeeded" | "start"> {
  readonly params: S;
  barsNeeded(params: z.output<S>): number;
  start(params: z.output<S>, averages: LibraryAverages, days: SessionDays): SourceStream;
}

/** Hides a source's own parameter type behind its schema, which checks them again. */
export function defineSource<S extends z.ZodObject>(source: SourceDefinition<S>): FeatureSource {
  return {
    ...source,
    barsNeeded: (params) => source.barsNeeded(source.params.parse(params)),
    start: (params, averages = new LibraryAverages(), days = UTC_DAYS) =>
      source.start(source.params.parse(params), averages, days),
  };
}

/** A parameter that counts bars. */
export const barCount = (description: string, least = 2) =>
  z.int().min(least).max(1000).meta({ unit: "bars", description });

/** The parameters of a source that has but a length. */
export const period = (description: string, least = 2) =>
  z.strictObject({ period: barCount(description, least) });

/** What is left of an exponential average's first value when it counts as forgotten: with it, states that started at
 * different bars agree to 1e-6 after scaling. */
export const SEED_WEIGHT = 1e-8;

function settleBars(alpha: number): number {
  return Math.ceil(Math.log(SEED_WEIGHT) / Math.log(1 - alpha));
}
/** Bars until an exponential average has forgotten where it started. */
export const emaBars = (period: number) => Math.max(period, settleBars(2 / (period + 1)));
/** Bars until an average of Wilder's kind has forgotten where it started. */
export const wilderBars = (period: number) => Math.max(period, settleBars(1 / period)) + 1;

/** Less of a price is rounding, or what is left of moves that a standing price should have made one forget. */
const ROUNDING = 1e-12;

/** Whether an amount is more than rounding at the scale of the price. */
export function counts(amount: number, price: number): boolean {
  return Math.abs(amount) > ROUNDING * price;
}

/** NaN where the denominator is nothing but rounding at the scale of the price. */
export function ratio(numerator: number, denominator: number, price: number): number {
  return counts(denominator, price) ? numerator / denominator : NaN;
}

/** Takes the last rounding off a value that cannot leave its range; NaN stays NaN. */
export function within(value: number | null | undefined, low: number, high: number): number | null {
  return value === null || value === undefined ? null : Math.min(high, Math.max(low, value));
}

export const oldest = (window: readonly number[]) => window[0] ?? NaN;
export const newest = (values: readonly number[]) => values.at(-1) ?? NaN;
