/** A backtest for people at a terminal: first what it proves, then the table. Pure. */
import { counted, dateOf } from "../../core/runtime/texts.ts";
import type { ToldFigures } from "./annual.ts";
import type { Comparison } from "./comparison.ts";
import type { Interval, Resampled } from "./figures.ts";
import type { BacktestReport, Significance, StrategyReport } from "./report.ts";
import { FINDING_TEXTS } from "./verdict.ts";

/** What a report is of. */
export interface ReportHead {
  readonly feed: string;
  readonly note: string;
  readonly symbols: readonly string[];
  readonly model: string;
  /** Of its trades, in a few words. */
  readonly costs: string;
  readonly currency: string;
  /** What a reader has to know before believing anything. */
  readonly warnings: readonly string[];
}

export interface Row {
  readonly label: string;
  readonly of: (figures: ToldFigures) => string;
  /** Which interval belongs to it. */
  readonly resampled?: Resampled;
  readonly ofInterval?: (value: number) => string;
}

/** With a true minus, as wide as a plus. */
export const signed = (value: number, digits: number) => value.toFixed(digits).replace("-", "−");
export const percent = (value: number, digits = 1) => `${signed(value * 100, digits)} %`;
export const whole = (value: number) => Math.round(value).toLocaleString("en-US").replace("-", "−");
const ratio = (value: number) => signed(value, 2);
/** What cannot be told. */
const NONE = "–";
const orNone = (value: number | null, show: (value: number) => string) => value === null ? NONE : show(value);

export const ROWS: readonly Row[] = [
  {
    label: "growth a year",
    of: ({ cagr }) => orNone(cagr, (value) => percent(value)),
    resampled: "cagr",
    ofInterval: (value) => percent(value),
  },
  { label: "total return", of: ({ totalReturn }) => percent(totalReturn) },
  {
    label: "volatility a year",
    of: ({ volatility }) => orNone(volatility, (value) => percent(value)),
    resampled: "volatility",
    ofInterval: (value) => percent(value),
  },
  {
    label: "Sharpe ratio",
    of: ({ sharpe }) => orNone(sharpe, ratio),
    resampled: "sharpe",
    ofInterval: ratio,
  },
  {
    label: "Sortino ratio",
    of: ({ sortino }) => orNone(sortino, ratio),
    resampled: "sortino",
    ofInterval: ratio,
  },
  {
    label: "Calmar ratio",
    of: ({ calmar }) => orNone(calmar, ratio),
    resampled: "calmar",
    ofInterval: ratio,
  },
  {
    label: "deepest drawdown",
    of: ({ maxDrawdown }) => percent(maxDrawdown),
    resampled: "maxDrawdown",
    ofInterval: (value) => percent(value),
  },
  { label: "longest drawdown", of: ({ longestDrawdownBars }) => `${whole(longestDrawdownBars)} bars` },
  { label: "turnover a year", of: ({ turnover }) => orNone(turnover, (value) => `${value.toFixed(1)} ×`) },
  { label: "trades", of: ({ trades }) => whole(trades) },
  { label: "hit rate", of: ({ hitRate }) => orNone(hitRate, (value) => percent(value, 0)) },
  { label: "exposure", of: ({ exposure }) => percent(exposure, 0) },
  { label: "fees paid", of: ({ fees }) => whole(fees) },
  { label: "borrowing paid", of: ({ borrowed }) => whole(borrowed) },
];

const LABEL = 18;
const COLUMN = 14;

export function describeReport(head: ReportHead, report: BacktestReport): string {
  const names = report.strategies.map(({ name }) => name.padStart(COLUMN)).join("");
  return [
    ...headLines(head, report),
    "",
    `${"".padEnd(LABEL)}${names}`,
    ...ROWS.flatMap((row) => rowLines(row, report.strategies)),
    "",
    ...footLines(report),
  ].join("\n") + "\n";
}

/** What matters, before any table. */
export function headLines(head: ReportHead, report: BacktestReport): string[] {
  const { feed, symbols, model, costs, warnings } = head;
  const named = symbols.length <= 3 ? symbols.join(", ") : `${symbols.length} symbols`;
  return [
    FINDING_TEXTS[report.finding],
    comparisonLine("buying and holding", report.withBuyAndHold, report),
    comparisonLine("staying flat", report.withFlat, report),
    ...(report.notAnnual === null ? [] : [report.notAnnual]),
    ...(report.hasTraded ? [] : ["It never traded."]),
    ...warnings,
    `${feed} (${named}), ${whole(report.bars)} bars from ${dateOf(report.fromMs)} to ${
      dateOf(report.toMs)
    }; ` +
    `${model}; ${costs}`,
  ];
}

function comparisonLine(
  what: string,
  { difference, interval, probability }: Comparison,
  { notAnnual }: Pick<BacktestReport, "notAnnual">,
): string {
  const points = (value: number) => `${value < 0 ? "" : "+"}${signed(value * 100, 1)}`;
  return `Against ${what}: ${points(difference)} points of growth${notAnnual === null ? " a year" : ""} ` +
    `(95 % interval ${points(interval[0])} to ${points(interval[1])}), better with probability ${
      percent(probability, 0)
    }`;
}

function rowLines(row: Row, strategies: readonly StrategyReport[]): string[] {
  const { label, of, resampled, ofInterval } = row;
  const values = strategies.map(({ figures }) => of(figures).padStart(COLUMN)).join("");
  if (resampled === undefined) return [`${label.padEnd(LABEL)}${values}`];
  const show = ([low, high]: Interval) => `${ofInterval!(low)}…${ofInterval!(high)}`.replaceAll(" %", "");
  const intervals = strategies.map(({ intervals }) =>
    (intervals?.[resampled] ? show(intervals[resampled]) : "").padStart(COLUMN)
  );
  if (intervals.every((text) => text.trim() === "")) return [`${label.padEnd(LABEL)}${values}`];
  return [`${label.padEnd(LABEL)}${values}`, `${"".padEnd(LABEL)}${intervals.join("")}`.trimEnd()];
}

/** How the figures came about, and how much they prove. */
export function footLines(report: BacktestReport): string[] {
  return [
    "Second lines: where the figure lies in 95 % of resampled histories (stationary bootstrap).",
    `The Sharpe ratio of the model is above 0 with probability ${
      percent(report.significance.probabilisticSharpe, 0)
    }. ${triedLine(report.significance)}`,
    `It ended ahead of ${
      percent(report.aheadOfRandom, 0)
    } of ${report.randomTraders} random traders that enter and leave as ` +
    `often; the middle one is shown.`,
  ];
}

/** The more tries have seen some of the bars, the less the best one proves. */
function triedLine({ trials, trainings, onSameBars, deflatedSharpe, overfitting }: Significance): string {
  if (trials === 1) return "No other try has seen any of these bars.";
  const kinds = [
    counted(trials - trainings, "backtest"),
    ...(trainings === 0 ? [] : [counted(trainings, "training")]),
  ];
  return `${trials} different tries have seen these bars or some of them, this one included (${
    kinds.join(", ")
  }), and the more ` +
    `there are, the better the best one looks by luck: its Sharpe ratio is above that luck with probability ${
      percent(deflatedSharpe, 0)
    } (deflated Sharpe ratio)` +
    (overfitting === null
      ? "."
      : `, and choosing the best of the ${onSameBars} on exactly these bars misleads with probability ${
        percent(overfitting, 0)
      } (PBO).`);
}
