/** A table as CSV (RFC 4180): commas, quotes where they are needed, one line a row. Pure. */

export type CsvValue = string | number | null;

/** What each column holds of a row, in the order of the columns. */
export type CsvColumns<Row> = Readonly<Record<string, (row: Row) => CsvValue>>;

/** @param rows Each as long as the header. */
export function csvOf(header: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  let text = csvLine(header);
  for (const row of rows) text += csvLine(row);
  return text;
}

export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  // A spreadsheet takes such a text for a formula.
  const text = /^[=+\-@\t\r]/.test(value) && !/^-[0-9.]+$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
