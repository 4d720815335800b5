/** Reads tables out of a page: what is seen, and what is downloaded. */
import Papa from "papaparse";
import type { Page } from "playwright-core";

const DOWNLOAD_MS = 10_000;

/** The cells that are seen, row by row. @param name The table's label. */
export async function seenRows(page: Page, name: string): Promise<string[][]> {
  const rows = page.locator(`.data-table [aria-label="${name}"] tbody tr`);
  return await rows.evaluateAll((found) =>
    found.map((row) => Array.from(row.children, (cell) => (cell as HTMLElement).innerText.trim()))
  );
}

/** Downloads a table and reads the file: one record a row, by the header's names. */
export async function downloadedRows(page: Page, name: string): Promise<Record<string, string>[]> {
  const table = page.locator(`.data-table:has([aria-label="${name}"])`);
  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: DOWNLOAD_MS }).catch((cause) => {
      throw new Error(`Cannot download ${name} as the page must give a file: it gave none`, { cause });
    }),
    table.locator(".table-tools :text-is('CSV')").click(),
  ]);
  const text = await new Response(await download.createReadStream() as unknown as BodyInit).text();
  const { data, errors } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
  if (errors.length > 0) throw new Error(`Cannot read ${name}.csv as it must be CSV: ${errors[0].message}`);
  return data;
}
