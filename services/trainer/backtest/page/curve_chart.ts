/** Equity of all strategies over time, and how deep each was below its peak. Pure: gives SVG. */
import type { Curve } from "../portfolio.ts";
import { percent } from "../report_text.ts";
import { escape, path, px, scale, ticks, timeTicks } from "./svg.ts";

export interface Line {
  readonly name: string;
  /** Names its colour in the page's style. */
  readonly style: string;
  readonly curve: Curve;
}

const WIDTH = 1_080;
const LEFT = 64;
const RIGHT = 12;
const EQUITY = { top: 12, height: 300 };
const DRAWDOWN = { top: 350, height: 120 };
const HEIGHT = 500;
/** Points of a line at most: two a pixel. */
const MOST_POINTS = 2_000;

/** The rows of a curve that are drawn: all, or the lowest and the highest of each piece. */
export function drawnRows(values: Float64Array, most = MOST_POINTS): number[] {
  if (values.length <= most) return Array.from(values.keys());
  const pieces = Math.floor(most / 2);
  const rows = Array.from({ length: pieces }, (_, piece) => {
    const [start, end] = [piece, piece + 1].map((each) => Math.floor(each * values.length / pieces));
    let [low, high] = [start!, start!];
    for (let row = start!; row < end!; row++) {
      if (values[row]! < values[low]!) low = row;
      if (values[row]! > values[high]!) high = row;
    }
    return [low, high].sort((a, b) => a - b);
  }).flat();
  return [...new Set([0, ...rows, values.length - 1])].sort((a, b) => a - b);
}

/** Shares below the highest equity so far, at most 0. */
export function underwater(equity: Float64Array): Float64Array {
  let peak = 0;
  return equity.map((value) => value / (peak = Math.max(peak, value)) - 1);
}

/** @param lines The one that matters first; it is drawn on top. */
export function curveChart(lines: readonly Line[]): string {
  const times = lines[0]!.curve.timesMs;
  const x = scale(times[0]!, times[times.length - 1]!, LEFT, WIDTH - RIGHT);
  const all = lines.map(({ curve }) => curve.equity);
  const lowest = Math.min(...all.map((equity) => equity.reduce((a, b) => Math.min(a, b))));
  const highest = Math.max(...all.map((equity) => equity.reduce((a, b) => Math.max(a, b))));
  const y = scale(lowest, highest, EQUITY.top + EQUITY.height, EQUITY.top);
  const below = lines.map(({ curve }) => underwater(curve.equity));
  const deepest = Math.min(-0.01, ...below.map((values) => values.reduce((a, b) => Math.min(a, b))));
  const depth = scale(deepest, 0, DRAWDOWN.top + DRAWDOWN.height, DRAWDOWN.top);
  const drawn = (values: Float64Array, at: (value: number) => number) =>
    path(drawnRows(values).map((row) => [x(times[row]!), at(values[row]!)] as const));
  const draw = (values: readonly Float64Array[], at: (value: number) => number, count: number) =>
    lines.slice(0, count).map(({ style, name }, index) =>
      `<path class="line ${style}" d="${drawn(values[index]!, at)}"><title>${escape(name)}</title></path>`
    ).reverse().join("");
  const shade = below[0]!;
  const area = `${drawn(shade, depth)}L${px(WIDTH - RIGHT)} ${px(DRAWDOWN.top)}L${LEFT} ${px(DRAWDOWN.top)}Z`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Equity and drawdown over time" id="curves">`,
    ...ticks(lowest, highest, 5).map((value) => gridLine(y(value), value.toLocaleString("en-US"))),
    ...ticks(deepest, 0, 3).map((value) => gridLine(depth(value), percent(value, 0))),
    ...timeTicks(times[0]!, times[times.length - 1]!, 12).map(({ ms, label }) =>
      `<line class="grid" x1="${px(x(ms))}" x2="${px(x(ms))}" y1="${EQUITY.top}" y2="${
        DRAWDOWN.top + DRAWDOWN.height
      }"/><text class="tick" x="${px(x(ms))}" y="${HEIGHT - 12}" text-anchor="middle">${label}</text>`
    ),
    draw(all, y, lines.length),
    `<path class="under ${lines[0]!.style}" d="${area}"/>`,
    draw(below, depth, 2),
    `<line class="cursor" id="cursor" y1="${EQUITY.top}" y2="${
      DRAWDOWN.top + DRAWDOWN.height
    }" visibility="hidden"/>`,
    "</svg>",
  ].join("");
}

function gridLine(y: number, label: string): string {
  return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y)}" y2="${px(y)}"/>` +
    `<text class="tick" x="${LEFT - 8}" y="${px(y + 4)}" text-anchor="end">${label}</text>`;
}

/** What the page's script needs to read the curves at the pointer. */
export function curveReadings(lines: readonly Line[]): object {
  const { timesMs, equity } = lines[0]!.curve;
  const rows = drawnRows(equity);
  return {
    left: LEFT,
    right: WIDTH - RIGHT,
    width: WIDTH,
    times: rows.map((row) => timesMs[row]),
    lines: lines.map(({ name, style, curve }) => ({
      name,
      style,
      values: rows.map((row) => Math.round(curve.equity[row]!)),
    })),
  };
}
