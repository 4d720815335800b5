/** Which column of a table holds what, from the columns' names. */
import type { ColumnMap } from "../config/misc.ts";

/** Column index by field. `time` holds the whole time, unless there is a `time_of_day` column that completes it. */
export type BarColumns = Readonly<
  & Record<"time" | "open" | "high" | "low" | "close", number>
  & Partial<Record<"time_of_day" | "volume" | "symbol", number>>
>;
type Field = keyof ColumnMap;

/** Names, compared without case, spaces, `_`, `-`, `<` and `>`. Where several give the time, the first counts. */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  // pandas writes a nameless index under the last of these.
  time: ["opentime", "timestamp", "datetime", "date", "time", "unix", "epoch", "indexlevel0"],
  time_of_day: ["time"],
  open: ["open"],
  high: ["high"],
  low: ["low"],
  close: ["close"],
  volume: ["volume", "vol"],
  symbol: ["symbol", "ticker"],
};
const NEEDED = ["time", "open", "high", "low", "close"] as const;

/** Finds the columns. @param map What the user says; the rest is detected.
 * @returns The fault as `rule: what is there`, or the columns. */
export function findColumns(
  header: readonly string[],
  map: ColumnMap = {},
): BarColumns | { readonly fault: string } {
  const names = header.map(plain);
  const columns: Partial<Record<Field, number>> = {};
  for (const [field, accepted] of Object.entries(NAMES) as [Field, readonly string[]][]) {
    const mapped = map[field];
    const name = mapped === undefined ? accepted.find((one) => names.includes(one)) : plain(mapped);
    if (name === undefined) continue;
    columns[field] = names.indexOf(name);
    if (columns[field] === -1) {
      return {
        fault: `column ${mapped}, mapped to ${field}, must be there: the columns are ${listed(header)}`,
      };
    }
    if (names.lastIndexOf(name) !== columns[field]) {
      return { fault: `column ${name} must be there once: the columns are ${listed(header)}` };
    }
  }
  // pandas leaves the name of its index empty in CSV.
  if (columns.time === undefined && names[0] === "") columns.time = 0;
  const missing = NEEDED.filter((field) => columns[field] === undefined);
  if (missing.length > 0) {
    const named = missing.map((field) => field === "time" ? `a time (${NAMES.time.join(", ")})` : field);
    return {
      fault: `the header must name a time, open, high, low and close, and it lacks ${named.join(", ")}: ` +
        `the columns are ${listed(header)}; others can be mapped with --columns`,
    };
  }
  // A `time` column completes a `date` column, and is nothing beside any other.
  const completes = map.time_of_day !== undefined ||
    (map.time === undefined && names[columns.time as number] === "date");
  if (!completes || columns.time_of_day === columns.time) delete columns.time_of_day;
  return columns as BarColumns;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_<>-]+/g, "");
}

/** The first columns of a header as people see them, cut. */
function listed(header: readonly string[]): string {
  const text = header.map((cell) => cell.trim()).join(", ").replace(/\p{Cc}/gu, "\uFFFD");
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
