/** Returns by month and year. Pure. */
import type { Curve } from "../portfolio.ts";

export interface YearRow {
  readonly year: number;
  /** January first; null for a month without a bar. */
  readonly months: readonly (number | null)[];
  readonly total: number;
}

/** From close to close: a month begins with the last equity of the one before. */
export function monthlyReturns({ timesMs, equity }: Pick<Curve, "timesMs" | "equity">): YearRow[] {
  const ends = new Map<string, number>();
  timesMs.forEach((ms, row) => ends.set(new Date(ms).toISOString().slice(0, 7), equity[row]!));
  const years = new Map<number, (number | null)[]>();
  let before = equity[0]!;
  for (const [month, end] of ends) {
    const [year, index] = [Number(month.slice(0, 4)), Number(month.slice(5)) - 1];
    if (!years.has(year)) years.set(year, Array(12).fill(null));
    years.get(year)![index] = end / before - 1;
    before = end;
  }
  return [...years].map(([year, months]) => ({
    year,
    months,
    total: months.reduce<number>((growth, value) => growth * (1 + (value ?? 0)), 1) - 1,
  }));
}
