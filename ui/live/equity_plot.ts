/** Draws the equity lines, the position and the trades with uPlot. Browser only; knows no signal. */
import UPlot from "uplot";
import { emptySeries, type SeriesColumns } from "./equity_series.ts";
import type { Trade } from "./messages.ts";

/** The figures of the bar under the pointer. */
type OnReading = (
  reading: { barMs: number; equity: number; buyAndHold: number; position: number } | null,
) => void;

interface Shown {
  /** The last bars to show; Infinity for all. */
  bars: number;
  timeframe: string | undefined;
}

const FLUSH_MS = 100;
/** More markers than this hide the line: then only the position strip tells of trades. */
const MOST_MARKERS = 120;
const STRIP_PX = 5;
const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Dates by the distance of the ticks in seconds: what each tick says, and what is added where year, month or day begins. */
const DATES: (string | number | null)[][] = [
  [365 * 86_400, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * 86_400, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86_400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
];

export class EquityPlot implements Disposable {
  readonly #box: HTMLElement;
  readonly #onReading: OnReading;
  readonly #plot: UPlot;
  readonly #resize: ResizeObserver;
  #series: SeriesColumns = emptySeries();
  /** What is drawn: the end of the series, as it was at the last flush. */
  #shown: SeriesColumns = emptySeries();
  #trades: readonly Trade[] = [];
  #bars = Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #flushedMs = 0;
  #colours = readColours();
  readonly #recolour = () => {
    this.#colours = readColours();
    this.#plot.redraw(false, true);
  };

  constructor(box: HTMLElement, onReading: OnReading) {
    this.#box = box;
    this.#onReading = onReading;
    this.#plot = new UPlot(this.#options(), [[], [], []], box);
    this.#resize = new ResizeObserver(() => this.#plot.setSize(sizeOf(box)));
    this.#resize.observe(box);
    addEventListener("themechange", this.#recolour);
  }

  show({ bars }: Shown): void {
    this.#bars = bars;
    this.#flush();
  }

  /** Draws at most ten times a second. */
  update({ series, trades }: { series: SeriesColumns; trades: readonly Trade[] }): void {
    this.#series = series;
    this.#trades = trades;
    this.#timer ??= setTimeout(
      () => this.#flush(),
      Math.max(0, this.#flushedMs + FLUSH_MS - performance.now()),
    );
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    removeEventListener("themechange", this.#recolour);
    this.#resize.disconnect();
    this.#plot.destroy();
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flushedMs = performance.now();
    const { barMs, equity, buyAndHold, position, stride } = this.#series;
    const first = Math.max(0, barMs.length - Math.ceil(this.#bars / stride));
    this.#shown = {
      ...this.#series,
      barMs: barMs.slice(first),
      equity: equity.slice(first),
      buyAndHold: buyAndHold.slice(first),
      position: position.slice(first),
    };
    this.#plot.setData([
      this.#shown.barMs.map((ms) => ms / 1_000),
      this.#shown.equity,
      this.#shown.buyAndHold,
    ]);
  }

  #options(): UPlot.Options {
    const rem = rootFontPx();
    const axis = {
      stroke: () => this.#colours.muted,
      grid: { stroke: () => this.#colours.grid, width: 1 },
      ticks: { show: false },
      font: `${Math.round(0.8 * rem)}px ${FAMILY}`, // uPlot reads whole pixels only
    };
    return {
      ...sizeOf(this.#box),
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
      legend: { show: false },
      padding: [12, 4, 0, 1.7 * rem],
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false, setScale: false } },
      scales: { x: { time: true }, y: { range: paddedRange } },
      axes: [
        { ...axis, space: 5.6 * rem, size: 2.6 * rem, values: DATES },
        {
          ...axis,
          side: 1,
          size: 4.9 * rem,
          values: (_, ticks) =>
            ticks.map((tick) => tick.toLocaleString("en-US", { maximumFractionDigits: 2 })),
        },
      ],
      series: [
        {},
        { label: "Equity", stroke: () => this.#colours.agent, width: 2, points: { show: isShort } },
        {
          label: "Buy and hold",
          stroke: () => this.#colours.benchmark,
          width: 1.5,
          dash: [6, 4],
          points: { show: isShort },
        },
      ],
      hooks: {
        draw: [(plot) => this.#drawPosition(plot), (plot) => this.#drawTrades(plot)],
        setCursor: [(plot) => this.#read(plot.cursor.idx)],
      },
    };
  }

  #read(index: number | null | undefined): void {
    const { barMs, equity, buyAndHold, position } = this.#shown;
    const at = index ?? -1;
    const ms = barMs[at];
    if (ms === undefined) return this.#onReading(null);
    this.#onReading({ barMs: ms, equity: equity[at]!, buyAndHold: buyAndHold[at]!, position: position[at]! });
  }

  /** A strip along the bottom: filled where a position is held, its height telling how much. */
  #drawPosition(plot: UPlot): void {
    const { context, left, bottom, right, scale } = frame(plot);
    const { position } = this.#shown;
    context.save();
    context.fillStyle = this.#colours.agent;
    for (let index = 0; index < plot.data[0].length; index++) {
      const held = position[index] ?? 0;
      if (held === 0) continue;
      const at = (time: number) =>
        Math.round(Math.min(right, Math.max(left, plot.valToPos(time, "x", true))));
      const from = at(plot.data[0][index]!);
      const next = plot.data[0][index + 1];
      const to = next === undefined ? Math.min(right, from + 2 * scale) : at(next);
      context.globalAlpha = 0.25 + 0.6 * Math.min(1, Math.abs(held));
      context.fillRect(from, bottom - STRIP_PX * scale, to - from, STRIP_PX * scale);
    }
    context.restore();
  }

  /** Buys point up from below the line, sells down from above it. */
  #drawTrades(plot: UPlot): void {
    const { context, left, right, scale } = frame(plot);
    const first = plot.scales.x?.min ?? 0;
    const last = plot.scales.x?.max ?? 0;
    const seen = this.#trades.filter(({ barMs }) => barMs / 1_000 >= first && barMs / 1_000 <= last);
    if (seen.length > MOST_MARKERS) return;
    context.save();
    context.lineWidth = 1.5 * scale;
    context.lineJoin = "round";
    for (const { barMs, side } of seen) {
      const equity = equityAt(plot, barMs / 1_000);
      if (equity === null) continue;
      const x = plot.valToPos(barMs / 1_000, "x", true);
      if (x < left || x > right) continue;
      const direction = side === "buy" ? 1 : -1;
      const y = plot.valToPos(equity, "y", true) + direction * 7 * scale;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x - 4.5 * scale, y + direction * 8 * scale);
      context.lineTo(x + 4.5 * scale, y + direction * 8 * scale);
      context.closePath();
      context.strokeStyle = context.fillStyle = side === "buy" ? this.#colours.agent : this.#colours.text;
      if (side === "buy") context.fill();
      else {
        context.fillStyle = this.#colours.surface;
        context.fill();
      }
      context.stroke();
    }
    context.restore();
  }
}

/** A line needs two points; before, they are shown themselves. */
function isShort(plot: UPlot): boolean {
  return plot.data[0].length < 3;
}

/** The equity of the kept bar at or before a time. */
function equityAt(plot: UPlot, seconds: number): number | null {
  const times = plot.data[0];
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (times[middle]! <= seconds) low = middle;
    else high = middle - 1;
  }
  return plot.data[1]?.[low] ?? null;
}

/** Room above for markers and below for the position strip; a flat line gets a band. */
function paddedRange(_: UPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const span = Math.max(high - low, Math.abs(high) * 1e-3, 1e-6);
  return [low - 0.12 * span, high + 0.08 * span];
}

function frame(plot: UPlot) {
  const { left, top, width, height } = plot.bbox;
  return { context: plot.ctx, left, bottom: top + height, right: left + width, scale: devicePixelRatio };
}

function sizeOf(box: HTMLElement): { width: number; height: number } {
  return { width: Math.max(120, box.clientWidth), height: Math.max(120, box.clientHeight) };
}

function rootFontPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    agent: colour("agent"),
    benchmark: colour("benchmark"),
    muted: colour("muted"),
    grid: colour("line"),
    text: colour("text"),
    surface: colour("surface"),
  };
}
