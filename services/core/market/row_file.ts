/** What the readers of all file formats tell alike: of a file, and of a row that could not be read. */
import type { Bar } from "../contracts/bar.ts";
import type { BarColumns } from "./bar_columns.ts";
import { CSV_TIME_RULE } from "./csv_time.ts";

/** A file that rows come from. */
export interface RowFile {
  readonly path: string;
  /** Names of its columns, for messages. */
  readonly columnOf: Readonly<Record<keyof Bar, string>>;
  readonly hasVolume: boolean;
  /** What its rows are called. */
  readonly rowName: "line" | "row";
}

/** What is known of a row that could not be read. */
export interface Unread {
  /** The column's name; null where it is the row. */
  readonly column: string | null;
  /** The rule and the value. */
  readonly reason: string;
  /** The row itself. */
  readonly content: string;
}

/** The values of a row of which nothing could be read. */
export const NOTHING_READ: Bar = { openTimeMs: NaN, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };

/** What JavaScript alone takes for a number. */
const PREFIXED = /^\s*0[box]/i;
const MOST_SHOWN = 80;

/** A number as files write it, in digits: an empty cell is none, while `Number("")` is 0. @returns NaN if it is none. */
export function numberIn(cell: string): number {
  const value = Number(cell);
  if (value === 0 && cell.trim() === "") return NaN;
  return cell.charCodeAt(0) <= 48 && PREFIXED.test(cell) ? NaN : value;
}

/** What is written in a cell, for messages: quoted, cut, and nothing in it that a terminal obeys. */
export function shown(cell: string): string {
  return JSON.stringify(cell.length > MOST_SHOWN ? `${cell.slice(0, MOST_SHOWN - 3)}...` : cell);
}

/** @param names Of all columns.  @param at Where which is. */
export function rowFileOf(
  path: string,
  names: readonly string[],
  at: BarColumns,
  rowName: "line" | "row",
): RowFile {
  const nameOf = (index: number) => names[index].trim();
  const columnOf = {
    openTimeMs: nameOf(at.time),
    open: nameOf(at.open),
    high: nameOf(at.high),
    low: nameOf(at.low),
    close: nameOf(at.close),
    volume: nameOf(at.volume ?? at.time),
  };
  return { path, columnOf, hasVolume: at.volume !== undefined, rowName };
}

/** Whether any value could not be read (or infinities cancel each other, which is no less wrong). */
export function isUnread({ openTimeMs, open, high, low, close, volume }: Bar): boolean {
  return Number.isNaN(openTimeMs + open + high + low + close + volume);
}

/** The first value that could not be read. @param cellText What is written there. */
export function unreadIn(
  bar: Bar,
  { columnOf }: RowFile,
  cellText: (field: keyof Bar) => string,
  content: string,
): Unread | undefined {
  const field = (Object.keys(columnOf) as (keyof Bar)[]).find((each) => Number.isNaN(bar[each]));
  if (field === undefined) return undefined;
  const rule = field === "openTimeMs"
    ? CSV_TIME_RULE
    : `must be a number ${field === "volume" ? "from 0 on" : "from 1e-8 to 9e7"}`;
  return { column: columnOf[field], reason: `${rule}: it is ${cellText(field)}`, content };
}
