/** Candles of one stretch of bars with what was held and traded on them. Pure: gives SVG. */
import type { Bar } from "../../../core/contracts/bar.ts";
import type { Fill } from "../../../core/contracts/lane.ts";
import { escape, px, scale, ticks, timeTicks } from "./svg.ts";

export interface CandleStretch {
  readonly bars: readonly Bar[];
  /** Signed share of equity after each bar. */
  readonly position: readonly number[];
  readonly fills: readonly Fill[];
}

/** Bars of one chart: wide enough to be told apart. */
export const BARS_A_CHART = 260;

const WIDTH = 1_080;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 12;
const TOP = 16;
const BOTTOM = 290;
const MARK = 5;

export function candleChart({ bars, position, fills }: CandleStretch): string {
  const step = (WIDTH - LEFT - RIGHT) / bars.length;
  const body = Math.max(1, Math.min(9, step * 0.7));
  const x = (row: number) => LEFT + (row + 0.5) * step;
  const low = Math.min(...bars.map((bar) => bar.low));
  const high = Math.max(...bars.map((bar) => bar.high));
  const margin = (high - low) * 0.05;
  const y = scale(low - margin, high + margin, BOTTOM, TOP);
  const rowOf = new Map(bars.map(({ openTimeMs }, row) => [openTimeMs, row]));
  const candles = bars.map(({ open, close, high, low }, row) => {
    const [top, bottom] = [y(Math.max(open, close)), y(Math.min(open, close))];
    const rising = close >= open ? "up" : "down";
    const middle = px(x(row));
    return `<path class="candle ${rising}" d="M${middle} ${px(y(high))}V${px(y(low))}"/>` +
      `<rect class="candle ${rising}" x="${px(x(row) - body / 2)}" y="${px(top)}" width="${
        px(body)
      }" height="${px(Math.max(0.8, bottom - top))}"/>`;
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Trades on candles">`,
    ...heldStretches(position).map(({ from, to, side }) =>
      `<rect class="held ${side}" x="${px(LEFT + from * step)}" y="${TOP}" width="${
        px((to - from) * step)
      }" height="${BOTTOM - TOP}"/>`
    ),
    ...ticks(low, high, 6).map((value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(value))}" y2="${px(y(value))}"/>` +
      `<text class="tick" x="${LEFT - 8}" y="${px(y(value) + 4)}" text-anchor="end">${
        value.toLocaleString("en-US")
      }</text>`
    ),
    ...timeLabels(bars).map(({ row, label }) =>
      `<text class="tick" x="${px(x(row))}" y="${HEIGHT - 8}" text-anchor="middle">${label}</text>`
    ),
    ...candles,
    ...fills.map((fill) => markOf(fill, rowOf, bars, x, y)),
    "</svg>",
  ].join("");
}

/** Where a position was held without a break. */
function heldStretches(position: readonly number[]): { from: number; to: number; side: string }[] {
  const stretches: { from: number; to: number; side: string }[] = [];
  position.forEach((value, row) => {
    if (value === 0) return;
    const side = value > 0 ? "long" : "short";
    const last = stretches.at(-1);
    if (last?.side === side && last.to === row) last.to = row + 1;
    else stretches.push({ from: row, to: row + 1, side });
  });
  return stretches;
}

function timeLabels(bars: readonly Bar[]): { row: number; label: string }[] {
  const [first, last] = [bars[0]!.openTimeMs, bars[bars.length - 1]!.openTimeMs];
  return timeTicks(first, last, 12).map(({ ms, label }) => ({
    row: bars.findIndex(({ openTimeMs }) => openTimeMs >= ms),
    label,
  }));
}

/** A buy points up from below its bar, a sale down from above it. */
function markOf(
  fill: Fill,
  rowOf: ReadonlyMap<number, number>,
  bars: readonly Bar[],
  x: (row: number) => number,
  y: (price: number) => number,
): string {
  const row = rowOf.get(fill.barMs);
  if (row === undefined) return "";
  const isBuy = fill.side === "buy";
  const tip = isBuy ? y(bars[row]!.low) + 3 : y(bars[row]!.high) - 3;
  const base = isBuy ? tip + 2 * MARK : tip - 2 * MARK;
  const [at, left, right] = [x(row), x(row) - MARK, x(row) + MARK].map(px);
  const text =
    `${fill.side} ${fill.quantity.replace("-", "")} ${fill.symbol} at ${fill.price} (${fill.reason}), ` +
    `${new Date(fill.barMs).toISOString().slice(0, 16).replace("T", " ")}`;
  return `<path class="mark ${fill.side}" d="M${at} ${px(tip)}L${left} ${px(base)}L${right} ${
    px(base)
  }Z"><title>${escape(text)}</title></path>`;
}
