/** Draws a lane's market with lightweight-charts: candles, fills apart from signals, levels, positions, cooldowns and holes.
 * Browser only; knows no signal. Draws at most ten times a second, and only what has changed. */
import {
  type CandlestickData,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type SeriesMarker,
  type Time,
} from "lightweight-charts";
import type { Bar } from "../../services/core/contracts/bar.ts";
import {
  type ChartColours,
  chartOptions,
  type ChartSetting,
  PRICE_FORMAT,
  readColours,
  secondsOf,
} from "./chart_style.ts";
import type { DecisionMark } from "./decision_mark.ts";
import { LaneShading } from "./lane_shading.ts";
import type { LaneSeries, Trade } from "./messages.ts";

export type MarketSeries = Pick<LaneSeries, "bars" | "marks" | "trades" | "holes">;

interface MarketChartParts {
  /** Told of the bar under the pointer; null where there is none. */
  readonly onReading: (barMs: number | null) => void;
  /** Told that the reader looks at bars before the first. */
  readonly onNeedOlder?: () => void;
  /** Told of a click on a bar. */
  readonly onPick?: (barMs: number) => void;
}

const FLUSH_MS = 100;
/** Markers that are closer than this on average hide the candles: then only fills are marked, then none. */
const MARKER_PX = 4;
const LEVELS = ["entry", "stop", "take"] as const;

export class MarketChart implements Disposable {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #markers: ISeriesMarkersPluginApi<Time>;
  readonly #shading: LaneShading;
  readonly #levels = new Map<typeof LEVELS[number], IPriceLine>();
  #colours: ChartColours = readColours();
  #setting: ChartSetting = { bars: Infinity, timeframe: undefined, zone: "utc" };
  #data: MarketSeries = { bars: [], marks: [], trades: [], holes: [] };
  #marks = new Map<number, DecisionMark>();
  #lastMarkMs = -1;
  /** What is drawn: the first bar's time, and how many. */
  #drawnFirstMs = -1;
  #drawn = 0;
  #drawnMarkers = "";
  #timer: ReturnType<typeof setTimeout> | null = null;
  #flushedMs = -Infinity;
  readonly #recolour = () => {
    this.#colours = readColours();
    this.#style();
    this.#flush();
  };

  constructor(box: HTMLElement, { onReading, onNeedOlder, onPick }: MarketChartParts) {
    this.#chart = createChart(box, { ...chartOptions(this.#colours, this.#setting), autoSize: true });
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      priceLineVisible: false,
      priceFormat: PRICE_FORMAT,
    });
    this.#markers = createSeriesMarkers(this.#candles, []);
    this.#shading = new LaneShading(this.#chart, this.#candles, this.#colours);
    this.#candles.attachPrimitive(this.#shading);
    this.#style();
    this.#chart.subscribeCrosshairMove(({ time }) =>
      onReading(time === undefined ? null : Number(time) * 1_000)
    );
    this.#chart.subscribeClick(({ time }) => {
      if (time !== undefined) onPick?.(Number(time) * 1_000);
    });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < 10 && this.#drawn > 0) onNeedOlder?.();
      this.#schedule();
    });
    addEventListener("themechange", this.#recolour);
  }

  /** Bars that are drawn, and the time of the last: for a page to prove what it shows. */
  get extent(): { readonly bars: number; readonly lastMs: number | null } {
    return { bars: this.#drawn, lastMs: this.#data.bars[this.#drawn - 1]?.openTimeMs ?? null };
  }

  show(setting: ChartSetting): void {
    const isOther = setting.bars !== this.#setting.bars;
    this.#setting = setting;
    this.#style();
    if (isOther) this.#showRange();
  }

  /** @param data Drawn soon; what it holds may be appended to in place. */
  update(data: MarketSeries): void {
    this.#data = data;
    this.#schedule();
  }

  /** Draws now. */
  draw(data: MarketSeries): void {
    this.#data = data;
    this.#flush();
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    removeEventListener("themechange", this.#recolour);
    this.#chart.remove();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(
      () => this.#flush(),
      Math.max(0, this.#flushedMs + FLUSH_MS - performance.now()),
    );
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flushedMs = performance.now();
    this.#drawBars();
    this.#gatherMarks();
    const { bars, marks, holes } = this.#data;
    const firstMarkMs = marks[0]?.barMs ?? Infinity;
    const lastMarkMs = this.#lastMarkMs;
    this.#shading.data = { bars, holes, firstMarkMs, lastMarkMs, markOf: (barMs) => this.#marks.get(barMs) };
    this.#drawMarkers();
    this.#drawLevelLabels();
  }

  /** Appends what is new; draws everything anew where it does not continue what is drawn. */
  #drawBars(): void {
    const { bars } = this.#data;
    const firstMs = bars[0]?.openTimeMs ?? -1;
    const continues = firstMs === this.#drawnFirstMs && bars.length >= this.#drawn;
    if (continues && this.#drawn > 0) {
      for (let index = this.#drawn; index < bars.length; index++) this.#candles.update(candle(bars[index]!));
    } else {
      const shift = this.#drawn === 0 ? null : bars.findIndex((bar) => bar.openTimeMs === this.#drawnFirstMs);
      const range = this.#chart.timeScale().getVisibleLogicalRange();
      this.#candles.setData(bars.map(candle));
      const isAll = this.#setting.bars === Infinity;
      if (isAll || shift === null || shift < 0 || range === null || bars.length < this.#drawn) {
        this.#showRange();
      } else {this.#chart.timeScale().setVisibleLogicalRange({
          from: range.from + shift,
          to: range.to + shift,
        });}
    }
    this.#drawn = bars.length;
    this.#drawnFirstMs = firstMs;
  }

  #showRange(): void {
    const count = this.#data.bars.length;
    if (count === 0) return;
    const shown = Math.min(count, this.#setting.bars);
    this.#chart.timeScale().setVisibleLogicalRange({ from: count - shown - 0.5, to: count + 2 });
  }

  /** Keeps marks by their bar; another run's marks go. */
  #gatherMarks(): void {
    const { marks } = this.#data;
    const newest = marks.at(-1)?.barMs ?? -1;
    const known = this.#marks.get(marks[0]?.barMs ?? -1);
    if (known !== marks[0] || newest < this.#lastMarkMs) {
      this.#marks = new Map(marks.map((mark) => [mark.barMs, mark]));
    } else {
      for (let index = marks.length - 1; index >= 0 && marks[index]!.barMs > this.#lastMarkMs; index--) {
        this.#marks.set(marks[index]!.barMs, marks[index]!);
      }
    }
    this.#lastMarkMs = newest;
  }

  /** Setting markers draws the chart anew: only where they are others. */
  #drawMarkers(): void {
    const markers = this.#visibleMarkers();
    const drawn = markers.map(({ id, color }) => `${id}${color}`).join();
    if (drawn === this.#drawnMarkers) return;
    this.#drawnMarkers = drawn;
    this.#markers.setMarkers(markers);
  }

  #visibleMarkers(): SeriesMarker<Time>[] {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    const { bars, marks, trades } = this.#data;
    if (range === null || bars.length === 0) return [];
    const fromMs = bars[Math.max(0, Math.floor(range.from))]?.openTimeMs ?? Infinity;
    const toMs = bars[Math.min(bars.length - 1, Math.ceil(range.to))]?.openTimeMs ?? -1;
    const inView = <T extends { barMs: number }>({ barMs }: T) => barMs >= fromMs && barMs <= toMs;
    const fills = trades.filter(inView);
    const signals = marks.filter((mark) => inView(mark) && isSignal(mark));
    const most = this.#chart.timeScale().width() / MARKER_PX;
    if (fills.length > most) return [];
    const shown = fills.map((fill) => fillMarker(fill, this.#colours));
    if (fills.length + signals.length <= most) {
      shown.push(...signals.map((mark) => signalMarker(mark, this.#colours)));
    }
    return shown.sort((a, b) => Number(a.time) - Number(b.time));
  }

  /** The open position's entry, stop and take on the price axis. */
  #drawLevelLabels(): void {
    const now = this.#data.marks.at(-1);
    const { text, bad, agent, surface } = this.#colours;
    const colours = { entry: text, stop: bad, take: agent };
    for (const name of LEVELS) {
      const price = now?.[name] ?? null;
      const line = this.#levels.get(name);
      if (price === null) {
        if (line !== undefined) this.#candles.removePriceLine(line);
        this.#levels.delete(name);
        continue;
      }
      const options = {
        price,
        title: name,
        color: colours[name],
        lineVisible: false,
        axisLabelVisible: true,
        axisLabelTextColor: surface,
      };
      if (line === undefined) this.#levels.set(name, this.#candles.createPriceLine(options));
      else if (line.options().price !== price || line.options().color !== colours[name]) {
        line.applyOptions(options);
      }
    }
  }

  #style(): void {
    this.#shading.colours = this.#colours;
    this.#chart.applyOptions(chartOptions(this.#colours, this.#setting));
    const { muted, surface } = this.#colours;
    // A rising candle is hollow, a falling one filled: colours are left to what the trader does.
    this.#candles.applyOptions({
      upColor: surface,
      borderUpColor: muted,
      wickUpColor: muted,
      downColor: muted,
      borderDownColor: muted,
      wickDownColor: muted,
    });
  }
}

function candle({ openTimeMs, open, high, low, close }: Bar): CandlestickData {
  return { time: secondsOf(openTimeMs) as Time & number, open, high, low, close };
}

/** What wanted a trade, whether it came to one or not. */
function isSignal({ isOrder, outcome }: DecisionMark): boolean {
  return isOrder || outcome === "refused";
}

/** Arrows: what was executed. */
function fillMarker({ id, barMs, side, reason }: Trade, colours: ChartColours): SeriesMarker<Time> {
  const isBuy = side === "buy";
  return {
    id,
    time: secondsOf(barMs) as Time & number,
    position: isBuy ? "belowBar" : "aboveBar",
    shape: isBuy ? "arrowUp" : "arrowDown",
    color: reason === "stop" || reason === "liquidated" ? colours.bad : colours.text,
    text: reason === "order" ? "" : reason,
    size: 1,
  };
}

/** Circles: what was decided at a close, to be executed later; squares: what was refused. */
function signalMarker(
  { barMs, outcome, target, before }: DecisionMark,
  colours: ChartColours,
): SeriesMarker<Time> {
  const isRefused = outcome === "refused";
  return {
    id: `decision ${barMs}`,
    time: secondsOf(barMs) as Time & number,
    position: target > before ? "belowBar" : "aboveBar",
    shape: isRefused ? "square" : "circle",
    color: isRefused ? colours.bad : colours.busy,
    size: 0.5,
  };
}
