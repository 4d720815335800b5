/** What the pages of a lane must show, compared with what a stranger reads in Redis. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { systemClock, until } from "../../services/core/runtime/clock.ts";
import { count, decimal, money, percent, plural, signed, signedPercent } from "../components/format.ts";
import { downloadedRows, seenRows } from "./page_tables.ts";
import { DEADLINE, type OpenPage, shows } from "./page_tests.ts";
import type { Stranger } from "./stranger.ts";

const cell = (name: string) => `.statistics tr:has(th:text-matches("^${name}")) td`;

/** Every figure of the live page's panels; streams are read one after the other, so all of them may take a moment. */
export async function checkLivePage(page: OpenPage, stranger: Stranger): Promise<void> {
  let fault: unknown = null;
  const isSo = async () => {
    try {
      await compareLivePage(page, stranger);
      return true;
    } catch (cause) {
      fault = cause;
      return false;
    }
  };
  await until(systemClock, "the live page as Redis has it", isSo, DEADLINE).catch(() => {
    throw fault;
  });
}

async function compareLivePage(page: OpenPage, stranger: Stranger): Promise<void> {
  const decisions = await stranger.decisions();
  const last = decisions.at(-1)!;
  const summary = await page.locator(".chart.equity .chart-summary").innerText();
  ok(summary.startsWith(`${count((await stranger.equity()).length)} bars`), summary);
  const figures = await stranger.figures();
  const seen = async (name: string) => (await page.locator(cell(name)).allInnerTexts())[0];
  equal(await seen("Return"), signedPercent(figures.totalReturn));
  equal(await seen("Sharpe"), decimal(figures.sharpe, 2));
  equal(await seen("Max drawdown"), percent(figures.maxDrawdown));
  equal(await seen("Exposure"), percent(figures.exposure));
  equal(await seen("Turnover"), decimal(figures.turnover, 1));
  equal(await seen("Fees"), money(figures.fees));
  const panel = (part: string) => page.locator(`.decision-panel ${part}`).innerText();
  equal((await panel(".action-name")).toLowerCase(), last.action ?? "no action");
  ok((await panel(".decision-verdict")).includes(last.verdict.reason));
  ok((await panel(".decision-facts")).includes(last.modelVersion ?? "none"));
  ok((await panel(".decision-facts")).includes(`${decimal(last.latencyMs, 2)} ms`));
  if (last.confidence !== null) ok((await panel(".confidence")).includes(percent(last.confidence, 1)));
  for (const values of Object.values(last.heads)) {
    for (const value of values) {
      if (value !== null && values.length > 1) ok((await panel(".heads")).includes(signed(value, 3)));
    }
  }
  const rows = await page.locator(".decision-table tbody tr th").allInnerTexts();
  deepEqual(rows, decisions.slice(-12).reverse().map(({ barMs }) => day(barMs)));
}

/** The reasons of the newest decision, weight by weight. */
export async function checkReasons(page: OpenPage, stranger: Stranger): Promise<void> {
  const { barMs, chosen, runnerUp } = (await stranger.decisions()).at(-1)!;
  await shows(page, ".reasons-head", chosen!.label);
  await shows(page, ".reasons .lead", signed(chosen!.q - runnerUp!.q, 4));
  await page.locator(".reasons summary").click().catch(() => {});
  const weights = await stranger.floats("attribution", barMs, "weights");
  const seen = (await page.locator(".reasons .weight:not(.own) .weight-value").allInnerTexts()).sort();
  const expected = weights.map((weight) => signed(weight, 4));
  for (const text of expected) ok(seen.includes(text), `${text} of ${expected.length} is among ${seen}`);
}

/** The table of decisions, as it is seen and as it is downloaded. */
export async function checkDecisionsPage(page: OpenPage, stranger: Stranger, symbol: string): Promise<void> {
  const decisions = (await stranger.decisions()).reverse();
  const name = `decisions-${symbol}`;
  await shows(page, ".decision-history .table-count", plural(decisions.length, "row"));
  const rows = await seenRows(page, name);
  deepEqual(
    rows.map(([bar, action, , , q, , , , verdict, reason]) => [bar, action, q, verdict, reason]),
    decisions.map((row) => [
      day(row.barMs),
      row.action ?? "none",
      signed(row.chosen?.q ?? null, 3),
      row.verdict.outcome,
      row.verdict.reason,
    ]),
  );
  const downloaded = await downloadedRows(page, name);
  deepEqual(
    downloaded.map((row) => [Number(row.bar_ms), row.action, Number(row.chosen_q_sigma), row.verdict]),
    decisions.reverse().map((row) => [row.barMs, row.action ?? "", row.chosen?.q ?? 0, row.verdict.outcome]),
  );
}

/** The table of fills, as it is seen and as it is downloaded, to the last digit. */
export async function checkFills(page: OpenPage, stranger: Stranger, symbol: string): Promise<void> {
  const fills = await stranger.fills();
  const name = `fills-${symbol}`;
  await shows(page, ".fill-table .table-count", plural(fills.length, "row"));
  const seen = (await seenRows(page, name)).map(([bar, side, quantity, price, , fee]) => [
    bar,
    side?.replace(/^. /, ""),
    ...[quantity, price, fee].map((text) => Number(text!.replaceAll(",", ""))),
  ]);
  deepEqual(
    seen,
    fills.toReversed().map(({ barMs, side, quantity, price, fee }) => [
      day(barMs),
      side === "buy" ? "bought" : "sold",
      Math.abs(Number(quantity)),
      Number(Number(price).toFixed(2)),
      Number(Number(fee).toFixed(2)),
    ]),
  );
  const downloaded = await downloadedRows(page, name);
  deepEqual(
    downloaded.map(({ bar_ms, side, quantity, price, fee }) => [Number(bar_ms), side, quantity, price, fee]),
    fills.map(({ barMs, side, quantity, price, fee }) => [barMs, side, quantity, price, fee]),
  );
}

/** One replayed step: what stands there is of that bar, and nothing is of a later one. */
export async function checkReplayStep(page: OpenPage, stranger: Stranger, barMs: number): Promise<void> {
  const decision = (await stranger.decisions()).find((each) => each.barMs === barMs)!;
  await shows(page, ".replay-date", day(barMs));
  await page.locator(`.plot[data-last-bar="${barMs}"]`).waitFor();
  await shows(page, ".decision-panel .decision-time", day(barMs));
  const text = await page.locator("main").innerText();
  const dates = [...text.matchAll(/\d{4}-\d\d-\d\d/g)].map(([date]) => Date.parse(date));
  ok(dates.every((ms) => ms <= barMs), `no date after ${day(barMs)} in ${text}`);
  const panel = (part: string) => page.locator(`.decision-panel ${part}`).innerText();
  ok((await panel(".decision-facts")).includes(decision.modelVersion ?? "none"));
  ok((await panel(".decision-verdict")).includes(decision.verdict.reason));
  const state = await stranger.floats("decisions", barMs, "state");
  const seen = await page.locator(".state .weight-value").allInnerTexts();
  deepEqual(seen, state.map((value) => signed(value, 3)));
}

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
