/** What lies behind and over the candles: where a position was held and where none could be entered, entry, stop and take as they
 * stood at each bar, and bars that never came. Draws what is visible and nothing else. Browser only. */
import type {
  IChartApi,
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesApi,
  ISeriesPrimitive,
  Logical,
  PrimitivePaneViewZOrder,
  SeriesAttachedParameter,
} from "lightweight-charts";
import type { Bar } from "../../services/core/contracts/bar.ts";
import type { MissingBars } from "../../services/core/contracts/missing_bars.ts";
import type { ChartColours } from "./chart_style.ts";
import type { DecisionMark } from "./decision_mark.ts";

type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

/** What the shading is drawn from; replaced as a whole. */
export interface ShadedBars {
  readonly bars: readonly Bar[];
  readonly markOf: (barMs: number) => DecisionMark | undefined;
  /** No bar before it has a mark. */
  readonly firstMarkMs: number;
  /** The newest mark's bar: a new one is drawn at once. */
  readonly lastMarkMs: number;
  readonly holes: readonly MissingBars[];
}

const LEVELS = [
  { name: "entry", dash: [] },
  { name: "stop", dash: [6, 3] },
  { name: "take", dash: [2, 3] },
] as const;
const HATCH_PX = 7;

export class LaneShading implements ISeriesPrimitive {
  readonly #chart: IChartApi;
  readonly #series: ISeriesApi<"Candlestick">;
  readonly #views: readonly IPrimitivePaneView[];
  #data: ShadedBars = { bars: [], markOf: () => undefined, firstMarkMs: 0, lastMarkMs: -1, holes: [] };
  /** The list of holes grows in place. */
  #holes = 0;
  #colours: ChartColours;
  #requestUpdate = () => {};

  constructor(chart: IChartApi, series: ISeriesApi<"Candlestick">, colours: ChartColours) {
    this.#chart = chart;
    this.#series = series;
    this.#colours = colours;
    this.#views = [
      viewOf("bottom", (target) => this.#drawBehind(target)),
      viewOf("normal", (target) => this.#drawLevels(target)),
    ];
  }

  set data(data: ShadedBars) {
    const isOther = data.lastMarkMs !== this.#data.lastMarkMs || data.holes.length !== this.#holes;
    this.#data = data;
    this.#holes = data.holes.length;
    if (isOther) this.#requestUpdate();
  }

  attached({ requestUpdate }: SeriesAttachedParameter): void {
    this.#requestUpdate = requestUpdate;
  }

  set colours(colours: ChartColours) {
    this.#colours = colours;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views;
  }

  /** Indices of the bars in view. */
  #visible(): [first: number, last: number] {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    if (range === null) return [0, -1];
    return [Math.max(0, Math.floor(range.from)), Math.min(this.#data.bars.length - 1, Math.ceil(range.to))];
  }

  #x(index: number): number {
    return this.#chart.timeScale().logicalToCoordinate(index as Logical) ?? 0;
  }

  /** Runs of neighbouring bars that are alike, from the left edge of the first to the right edge of the last. */
  *#runs<T>(of: (mark: DecisionMark) => T | null): Generator<{ value: T; from: number; to: number }> {
    const [visible, last] = this.#visible();
    const { bars, markOf, firstMarkMs } = this.#data;
    const first = Math.max(visible, indexFrom(bars, firstMarkMs));
    const half = (this.#chart.timeScale().options().barSpacing ?? 6) / 2;
    let [value, start]: [T | null, number] = [null, first];
    for (let index = first; index <= last + 1; index++) {
      const mark = index > last ? undefined : markOf(bars[index]!.openTimeMs);
      const now = mark === undefined ? null : of(mark);
      if (now === value) continue;
      if (value !== null) yield { value, from: this.#x(start) - half, to: this.#x(index - 1) + half };
      [value, start] = [now, index];
    }
  }

  #drawBehind(target: Target): void {
    target.useMediaCoordinateSpace(({ context, mediaSize: { height, width } }) => {
      const { agent, benchmark, faint, warn, surface } = this.#colours;
      for (const { value, from, to } of this.#runs(({ side }) => side === 0 ? null : side)) {
        context.globalAlpha = 0.13;
        context.fillStyle = value > 0 ? agent : benchmark;
        context.fillRect(from, 0, to - from, height);
        context.globalAlpha = 0.9; // a strip tells the side where the tint is too faint
        context.fillRect(from, value > 0 ? height - 3 : 0, to - from, 3);
      }
      context.globalAlpha = 0.5;
      context.strokeStyle = faint;
      for (const { from, to } of this.#runs(({ cooldown, side }) => cooldown > 0 && side === 0 ? 1 : null)) {
        hatch(context, from, to, height);
      }
      context.globalAlpha = 1;
      this.#drawHoles(context, { height, width, colour: warn, ground: surface });
    });
  }

  #drawHoles(
    context: CanvasRenderingContext2D,
    { height, width, colour, ground }: { height: number; width: number; colour: string; ground: string },
  ): void {
    const { bars, holes } = this.#data;
    const [first, last] = this.#visible();
    const inView = holes.filter(({ untilMs }) =>
      untilMs > (bars[first]?.openTimeMs ?? Infinity) && untilMs <= (bars[last]?.openTimeMs ?? -1)
    );
    context.font = "11px system-ui, sans-serif";
    for (const { untilMs, bars: missing } of inView) {
      const after = indexFrom(bars, untilMs);
      const x = Math.round((this.#x(after - 1) + this.#x(after)) / 2) + 0.5;
      if (x < 0 || x > width) continue;
      context.strokeStyle = context.fillStyle = colour;
      context.setLineDash([3, 3]);
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height);
      context.stroke();
      context.setLineDash([]);
      const text = `${missing} missing`;
      const size = context.measureText(text).width;
      context.fillStyle = ground;
      context.fillRect(x + 2, 4, size + 6, 15);
      context.fillStyle = colour;
      context.fillText(text, x + 5, 15);
    }
  }

  #drawLevels(target: Target): void {
    target.useMediaCoordinateSpace(({ context }) => {
      const { text, bad, agent } = this.#colours;
      const colours = { entry: text, stop: bad, take: agent };
      context.lineWidth = 1;
      for (const { name, dash } of LEVELS) {
        context.strokeStyle = colours[name];
        context.setLineDash([...dash]);
        for (const { value, from, to } of this.#runs((mark) => mark[name])) {
          const y = this.#series.priceToCoordinate(value);
          if (y === null) continue;
          context.beginPath();
          context.moveTo(from, Math.round(y) + 0.5);
          context.lineTo(to, Math.round(y) + 0.5);
          context.stroke();
        }
      }
      context.setLineDash([]);
    });
  }
}

/** The first bar that opens at or after a time. */
function indexFrom(bars: readonly Bar[], ms: number): number {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle]!.openTimeMs < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function viewOf(zOrder: PrimitivePaneViewZOrder, draw: (target: Target) => void): IPrimitivePaneView {
  const renderer: IPrimitivePaneRenderer = { draw };
  return { zOrder: () => zOrder, renderer: () => renderer };
}

/** Slanted lines, so that a cooldown is told from a position without colour. */
function hatch(context: CanvasRenderingContext2D, from: number, to: number, height: number): void {
  context.save();
  context.beginPath();
  context.rect(from, 0, to - from, height);
  context.clip();
  context.beginPath();
  for (let x = from - height; x < to; x += HATCH_PX) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}
