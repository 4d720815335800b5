/** A table that sorts, filters by text and downloads what it shows as CSV. For islands. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { csvOf, type CsvValue } from "./csv.ts";
import { count, plural } from "./format.ts";

export interface Column<Row> {
  /** Its name in the CSV's header, and its key. */
  readonly key: string;
  readonly title: ComponentChildren;
  /** What is sorted by and downloaded. */
  readonly value: (row: Row) => CsvValue;
  /** What is shown; the value itself by default. */
  readonly cell?: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

/** A column of numbers. @param text How one is written. */
export function numberColumn<Row, Value extends number | null>(
  key: string,
  title: string,
  value: (row: Row) => Value,
  text: (value: Value) => string,
): Column<Row> {
  return { key, title, value, cell: (row) => text(value(row)), isNumber: true };
}

interface DataTableProps<Row> {
  /** Names the table for those who hear it, and the file. */
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Address of the whole as CSV, where the page holds a part; else what is shown is downloaded. */
  readonly csvHref?: string;
  /** A text filter, named by what it looks through. */
  readonly filterLabel?: string;
  /** More controls beside the filter. */
  readonly controls?: ComponentChildren;
  /** Shown in place of rows. */
  readonly empty: ComponentChildren;
  readonly rowClass?: (row: Row) => string;
}

/** Rows that are drawn at first, and more as a reader scrolls down to them: thousands would keep the page busy. */
const DRAWN_ROWS = 400;
/** How near its end, in pixels, a table goes on. */
const NEAR_END_PX = 600;

interface Sorting {
  readonly key: string;
  readonly falling: boolean;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { name, rows, columns, rowKey, csvHref, filterLabel, controls, empty, rowClass } = props;
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [filter, setFilter] = useState("");
  const [drawn, setDrawn] = useState(DRAWN_ROWS);
  const shown = sorted(filtered(rows, columns, filter), columns, sorting);
  const onScroll = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const { scrollTop, scrollHeight, clientHeight } = currentTarget;
    if (scrollTop === 0) setDrawn(DRAWN_ROWS);
    else if (drawn < shown.length && scrollTop + clientHeight > scrollHeight - NEAR_END_PX) {
      setDrawn(drawn + DRAWN_ROWS);
    }
  };
  const download = () => saveCsv(`${name}.csv`, columns, shown);
  return (
    <div class="data-table">
      <div class="table-tools">
        {filterLabel !== undefined && (
          <input
            type="search"
            placeholder={filterLabel}
            aria-label={filterLabel}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        )}
        {controls}
        <span class="table-count">
          {shown.length === rows.length
            ? plural(rows.length, "row")
            : `${count(shown.length)} of ${plural(rows.length, "row")}`}
        </span>
        {csvHref === undefined
          ? <button type="button" onClick={download} disabled={shown.length === 0}>CSV</button>
          : <a class="button" href={csvHref} download={`${name}.csv`}>CSV</a>}
      </div>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={name} onScroll={onScroll}>
        <table>
          <thead>
            <tr>{columns.map((column) => <Head key={column.key} {...{ column, sorting, setSorting }} />)}</tr>
          </thead>
          <tbody>
            {shown.slice(0, drawn).map((row) => (
              <tr key={rowKey(row)} class={rowClass?.(row)}>
                {columns.map(({ key, value, cell, isNumber }) => (
                  <td key={key} class={isNumber ? "number" : undefined}>
                    {cell === undefined ? value(row) : cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && (
          <div class="empty">{rows.length === 0 ? empty : `No row holds “${filter}”.`}</div>
        )}
      </div>
    </div>
  );
}

interface HeadProps<Row> {
  column: Column<Row>;
  sorting: Sorting | null;
  setSorting: (sorting: Sorting | null) => void;
}

/** Sorts by its column: falling, then rising, then not at all. */
function Head<Row>({ column: { key, title, isNumber }, sorting, setSorting }: HeadProps<Row>) {
  const falling = sorting?.key === key ? sorting.falling : null;
  const next = falling === null ? { key, falling: true } : falling ? { key, falling: false } : null;
  return (
    <th
      scope="col"
      class={isNumber ? "number" : undefined}
      aria-sort={falling === null ? undefined : falling ? "descending" : "ascending"}
    >
      <button type="button" class="sort" onClick={() => setSorting(next)}>
        {title}
        <span class="sort-mark" aria-hidden="true">{falling === null ? "" : falling ? "↓" : "↑"}</span>
      </button>
    </th>
  );
}

function filtered<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  filter: string,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = columns.map(({ value }) => value(row) ?? "").join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Gaps come last either way; equal rows stay in their order. */
function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const column = columns.find(({ key }) => key === sorting?.key);
  if (column === undefined || sorting === null) return rows;
  const sign = sorting.falling ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * String(left).localeCompare(String(right), "en");
  });
}

function saveCsv<Row>(file: string, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const text = csvOf(
    columns.map(({ key }) => key),
    rows.map((row) => columns.map(({ value }) => value(row))),
  );
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: file });
  link.click();
  URL.revokeObjectURL(address);
}
