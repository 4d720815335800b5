/** What raw values become in tables, written down here again. */
import type { Page } from "playwright-core";
import { systemClock, until } from "../../services/core/runtime/clock.ts";
import { DEADLINE } from "./page_tests.ts";
import type { RawEntry } from "./raw_redis.ts";

export const text = (value: unknown): string => String(value);
export const iso = (ms: unknown): string => new Date(Number(ms)).toISOString();
/** The time in an entry's id. */
export const idMs = ({ id }: RawEntry): number => Number(id.split("-")[0]);

/** A downloaded cell of a text: one that a spreadsheet would take for a formula is quoted. */
export function asCell(value: unknown): string {
  return /^[=+\-@\t\r]/.test(text(value)) ? `'${value}` : text(value);
}

/** Waits until a table has so many rows, so that all that was written has arrived. */
export async function untilRows(page: Page, name: string, rows: number): Promise<void> {
  const found = () => page.locator(`[aria-label="${name}"] tbody tr`).count();
  await until(systemClock, `${rows} rows of ${name}`, async () => await found() === rows, DEADLINE)
    .catch(async (cause) => {
      throw new Error(`${cause.message}; there are ${await found()}`);
    });
}

/** Names and values of a list of facts. */
export async function factsOf(page: Page, place: string): Promise<Record<string, string>> {
  const pairs = await page.locator(`${place} .facts > div`).evaluateAll((found) =>
    found.map((fact) => [fact.querySelector("dt")!.innerText, fact.querySelector("dd")!.textContent])
  );
  return Object.fromEntries(pairs);
}
