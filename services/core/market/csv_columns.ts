/** Which column of a CSV file holds what, from its header line. */

/** A column that bars are read from. */
export type CsvField = "date" | "time" | "open" | "high" | "low" | "close" | "volume" | "symbol";

/** Column index by field. `date` holds the whole time, unless there is a `time` column that completes it. */
export type CsvColumns = Readonly<
  & Record<"date" | "open" | "high" | "low" | "close", number>
  & Partial<Record<"time" | "volume" | "symbol", number>>
>;

/** Header names, compared without case, spaces, `_`, `-`, `<` and `>`. Where several give the time, the first counts. */
const NAMES: Readonly<Record<CsvField, readonly string[]>> = {
  date: ["opentime", "timestamp", "datetime", "date", "time", "unix", "epoch"],
  time: ["time"],
  open: ["open"],
  high: ["high"],
  low: ["low"],
  close: ["close"],
  volume: ["volume", "vol"],
  symbol: ["symbol", "ticker"],
};
const NEEDED = ["date", "open", "high", "low", "close"] as const;

/** Finds the columns. @returns The fault as `rule: what is there`, or the columns. */
export function findColumns(header: readonly string[]): CsvColumns | { readonly fault: string } {
  const names = header.map((cell) => cell.toLowerCase().replace(/[\s_<>-]+/g, ""));
  const columns: Partial<Record<CsvField, number>> = {};
  for (const [field, accepted] of Object.entries(NAMES) as [CsvField, readonly string[]][]) {
    const name = accepted.find((candidate) => names.includes(candidate));
    if (name === undefined) continue;
    columns[field] = names.indexOf(name);
    if (names.lastIndexOf(name) !== columns[field]) {
      return { fault: `column ${name} must be there once: the columns are ${listed(header)}` };
    }
  }
  const missing = NEEDED.filter((field) => columns[field] === undefined);
  if (missing.length > 0) {
    const named = missing.map((field) => field === "date" ? `a time (${NAMES.date.join(", ")})` : field);
    return {
      fault: `the header must name a time, open, high, low and close, and it lacks ${named.join(", ")}: ` +
        `the columns are ${listed(header)}`,
    };
  }
  // A `time` column completes a `date` column, and is nothing beside any other.
  if (columns.date === undefined || names[columns.date] !== "date") delete columns.time;
  return columns as CsvColumns;
}

/** The first columns of a header as people see them, cut. */
function listed(header: readonly string[]): string {
  const text = header.map((cell) => cell.trim()).join(", ");
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
