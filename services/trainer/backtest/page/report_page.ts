/** A backtest as one page that needs nothing else: no other file, no host. Pure: gives HTML. */
import type { Feed } from "../../../core/market/feed.ts";
import { dateOf } from "../../../core/runtime/texts.ts";
import type { Backtest } from "../backtest.ts";
import type { LaneBook } from "../lane_book.ts";
import type { BacktestReport, StrategyReport } from "../report.ts";
import {
  footLines,
  headLines,
  percent,
  type ReportHead,
  type Row,
  ROWS,
  signed,
  whole,
} from "../report_text.ts";
import { type RoundTrip, roundTrips } from "../round_trips.ts";
import { BARS_A_CHART, candleChart } from "./candle_chart.ts";
import { curveChart, curveReadings, type Line } from "./curve_chart.ts";
import { monthlyReturns, type YearRow } from "./monthly_table.ts";
import { PAGE_SCRIPT } from "./page_script.ts";
import { PAGE_STYLE } from "./page_style.ts";
import { escape } from "./svg.ts";

/** Charts of candles at most: the newest of each symbol, symbols taking turns. */
const MOST_CHARTS = 24;
const MOST_TRADES = 200;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

export function reportPage(head: ReportHead, report: BacktestReport, found: Backtest, feed: Feed): string {
  const [finding, ...rest] = headLines(head, report);
  const warnings = new Set(head.warnings);
  const lines: Line[] = [
    { name: "model", style: "model", curve: found.model.curve },
    { name: "buy and hold", style: "held", curve: found.buyAndHold.curve },
    { name: "SMA 50/200", style: "third", curve: found.smaCrossover.curve },
    { name: "random trader", style: "random", curve: found.random.curve },
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Backtest of ${
    escape(head.symbols.join(", "))
  } – RL Trader</title><style>${PAGE_STYLE}</style></head><body><main>
<h1>${escape(finding!)}</h1>
${rest.map((line) => `<p class="${warnings.has(line) ? "warning" : "lead"}">${escape(line)}</p>`).join("\n")}
<p class="muted">${escape(head.note)}</p>
<section><h2>Equity and drawdown, in ${escape(head.currency)}</h2>
<div class="legend"><span id="when" class="muted"></span>${lines.map(legendOf).join("")}</div>
<div class="wide">${curveChart(lines)}</div></section>
<section><h2>Figures</h2><div class="wide">${figureTable(report.strategies)}</div>
${footLines(report).map((line) => `<p class="muted">${escape(line)}</p>`).join("")}</section>
<section><h2>Returns by month</h2><div class="wide">${
    monthTable(monthlyReturns(found.model.curve), monthlyReturns(found.buyAndHold.curve))
  }</div></section>
<section><h2>Trades on candles</h2>${candlePanels(found.model.books, feed)}</section>
<section><h2>Trades</h2><div class="wide tall">${
    tradeTable(found.model.books.flatMap(({ fills }) => roundTrips(fills)))
  }</div></section>
</main><script type="application/json" id="readings">${
    JSON.stringify(curveReadings(lines)).replaceAll("<", "\\u003c")
  }</script>
<script>${PAGE_SCRIPT}</script></body></html>
`;
}

function legendOf({ name, style }: Line): string {
  return `<span><i class="swatch ${style}"></i>${name} <b data-line></b></span>`;
}

function figureTable(strategies: readonly StrategyReport[]): string {
  const header = strategies.map(({ name }) => `<th>${escape(name)}</th>`).join("");
  const cell = (row: Row, { figures, intervals }: StrategyReport, index: number) => {
    const interval = row.resampled === undefined ? undefined : intervals?.[row.resampled];
    const range = interval === undefined || interval === null
      ? ""
      : `<small>${interval.map((value) => escape(row.ofInterval!(value))).join(" to ")}</small>`;
    return `<td class="${index === 0 ? "model" : ""}">${escape(row.of(figures))}${range}</td>`;
  };
  const rows = ROWS.map((row) =>
    `<tr><td>${row.label}</td>${strategies.map((each, index) => cell(row, each, index)).join("")}</tr>`
  );
  return `<table><thead><tr><th></th>${header}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function monthTable(years: readonly YearRow[], held: readonly YearRow[]): string {
  const deepest = Math.max(
    0.01,
    ...years.flatMap(({ months }) => months.map((value) => Math.abs(value ?? 0))),
  );
  const cell = (value: number | null) => {
    if (value === null) return "<td></td>";
    const strength = Math.round(Math.abs(value) / deepest * 45);
    const colour = value >= 0 ? "var(--good)" : "var(--bad)";
    return `<td style="background:color-mix(in srgb, ${colour} ${strength}%, transparent)">${
      signed(value * 100, 1)
    }</td>`;
  };
  const rows = years.map(({ year, months, total }, index) =>
    `<tr><td>${year}</td>${months.map(cell).join("")}<td class="total">${percent(total)}</td><td>${
      percent(held[index]!.total)
    }</td></tr>`
  );
  return `<table class="months"><thead><tr><th>%</th>${MONTHS.map((name) => `<th>${name}</th>`).join("")}` +
    `<th>year</th><th>buy and hold</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** The newest first, and only that one open: each holds as many candles as can be told apart. */
function candlePanels(books: readonly LaneBook[], feed: Feed): string {
  const most = Math.max(1, Math.floor(MOST_CHARTS / books.length));
  const shown = books.slice(0, MOST_CHARTS);
  const panels = shown.flatMap((book, index) => {
    const charts = Math.ceil(book.timesMs.length / BARS_A_CHART);
    return Array.from({ length: Math.min(most, charts) }, (_, back) => {
      const end = book.timesMs.length - back * BARS_A_CHART;
      return panelOf(book, feed, Math.max(0, end - BARS_A_CHART), end, index === 0 && back === 0);
    });
  });
  const left = books.reduce((sum, { timesMs }) => sum + Math.ceil(timesMs.length / BARS_A_CHART), 0) -
    panels.length;
  return panels.join("") +
    (left > 0
      ? `<p class="muted">${left} earlier charts are left out; --entries writes every fill.</p>`
      : "");
}

function panelOf(book: LaneBook, feed: Feed, start: number, end: number, isOpen: boolean): string {
  const series = feed.bars(book.symbol);
  const first = series.firstAfter(book.timesMs[start]! - 1);
  const bars = Array.from({ length: end - start }, (_, row) => series.at(first + row));
  const [fromMs, toMs] = [bars[0]!.openTimeMs, bars[bars.length - 1]!.openTimeMs];
  const fills = book.fills.filter(({ barMs }) => barMs >= fromMs && barMs <= toMs);
  const chart = candleChart({ bars, position: book.position.slice(start, end), fills });
  return `<details${isOpen ? " open" : ""}><summary>${escape(book.symbol)}, ${dateOf(fromMs)} to ${
    dateOf(toMs)
  }: ${fills.length} fills</summary><div class="wide">${chart}</div></details>`;
}

function tradeTable(trips: readonly RoundTrip[]): string {
  if (trips.length === 0) return `<p>There was none.</p>`;
  const newest = trips.toSorted((a, b) => b.entryMs - a.entryMs).slice(0, MOST_TRADES);
  const rows = newest.map(({ symbol, side, entryMs, entryPrice, invested, exit }) => {
    const gain = exit === null ? null : exit.profit / invested;
    return `<tr><td>${escape(symbol)} ${side}</td><td>${dateOf(entryMs)}</td><td>${
      entryPrice.toLocaleString("en-US")
    }</td>` +
      (exit === null || gain === null
        ? `<td>open</td><td></td><td></td><td></td><td></td></tr>`
        : `<td>${dateOf(exit.atMs)}</td><td>${
          exit.price.toLocaleString("en-US")
        }</td><td>${exit.reason}</td>` +
          `<td class="${gain > 0 ? "gain" : "loss"}">${percent(gain)}</td><td>${
            whole(exit.profit)
          }</td></tr>`);
  });
  const left = trips.length - newest.length;
  return `<table><thead><tr><th>trade</th><th>entered</th><th>at</th><th>left</th><th>at</th><th>by</th><th>gain, net</th>` +
    `<th>profit</th></tr></thead><tbody>${rows.join("")}</tbody></table>` +
    (left > 0 ? `<p class="muted">${left} earlier ones are left out; --entries writes every fill.</p>` : "");
}
