/** A series of any length in bounded memory: when it is full, every second point goes. Runs alike in server and browser,
 * so a snapshot and later points give the same series as having heard everything. */
import type { EquityPoint } from "./messages.ts";

/** The series as parallel columns, which is what charts want and JSON carries well. */
export interface SeriesColumns {
  /** Points appended so far. */
  count: number;
  /** Every `stride`-th point is kept, and always the newest. */
  stride: number;
  barMs: number[];
  equity: number[];
  buyAndHold: number[];
  position: number[];
  drawdown: number[];
  holdDrawdown: number[];
}

const COLUMNS = ["barMs", "equity", "buyAndHold", "position", "drawdown", "holdDrawdown"] as const;

export function emptySeries(): SeriesColumns {
  return {
    count: 0,
    stride: 1,
    barMs: [],
    equity: [],
    buyAndHold: [],
    position: [],
    drawdown: [],
    holdDrawdown: [],
  };
}

/** Appends in place. @param limit Points kept at most; even, at least 4. */
export function appendPoint(series: SeriesColumns, point: EquityPoint, limit: number): void {
  const newest = series.count - 1;
  if (newest >= 0 && newest % series.stride !== 0) { for (const name of COLUMNS) series[name].pop(); }
  for (const name of COLUMNS) series[name].push(point[name]);
  series.count++;
  if (series.barMs.length <= limit) return;
  const last = series.barMs.length - 1;
  series.stride *= 2;
  for (const name of COLUMNS) {
    series[name] = series[name].filter((_, index) => index % 2 === 0 || index === last);
  }
}
