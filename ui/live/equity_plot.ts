/** Draws equity against buy-and-hold, and below it how far each lies under its peak, with lightweight-charts. Browser only; knows
 * no signal. Draws at most ten times a second. */
import {
  AreaSeries,
  createChart,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type Time,
} from "lightweight-charts";
import {
  type ChartColours,
  chartOptions,
  type ChartSetting,
  PRICE_FORMAT,
  readColours,
  secondsOf,
} from "./chart_style.ts";
import { emptySeries, type SeriesColumns } from "./equity_series.ts";

/** The figures of the bar under the pointer. */
export interface EquityReading {
  barMs: number;
  equity: number;
  buyAndHold: number;
  position: number;
  drawdown: number;
  holdDrawdown: number;
}

const FLUSH_MS = 100;
/** A thinned series moves its last point, which only drawing it anew can show. */
const THINNED_FLUSH_MS = 1_000;
/** Room on the left, as a share of the bars shown, so that the first date is not cut. */
const FIRST_LABEL = 0.02;
const percent = (value: number) => `${value.toFixed(1).replace("-", "−")} %`;

export class EquityPlot implements Disposable {
  readonly #chart: IChartApi;
  readonly #equity: ISeriesApi<"Line">;
  readonly #hold: ISeriesApi<"Line">;
  readonly #drawdown: ISeriesApi<"Area">;
  readonly #holdDrawdown: ISeriesApi<"Line">;
  #colours: ChartColours = readColours();
  #setting: ChartSetting = { bars: Infinity, timeframe: undefined, zone: "utc" };
  #series: SeriesColumns = emptySeries();
  #drawnFirstMs = -1;
  #drawn = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #flushedMs = -Infinity;
  readonly #recolour = () => {
    this.#colours = readColours();
    this.#style();
  };

  constructor(box: HTMLElement, onReading: (reading: EquityReading | null) => void) {
    this.#chart = createChart(box, { ...chartOptions(this.#colours, this.#setting), autoSize: true });
    const line = { priceLineVisible: false, lastValueVisible: false, priceFormat: PRICE_FORMAT } as const;
    this.#hold = this.#chart.addSeries(LineSeries, { ...line, lineWidth: 1, lineStyle: LineStyle.Dashed });
    this.#equity = this.#chart.addSeries(LineSeries, { ...line, lineWidth: 2 });
    const depth = { ...line, priceFormat: { type: "custom", formatter: percent, minMove: 0.01 } } as const;
    this.#holdDrawdown = this.#chart.addSeries(
      LineSeries,
      { ...depth, lineWidth: 1, lineStyle: LineStyle.Dashed },
      1,
    );
    this.#drawdown = this.#chart.addSeries(AreaSeries, { ...depth, lineWidth: 1, invertFilledArea: true }, 1);
    this.#chart.panes()[0]?.setStretchFactor(7);
    this.#chart.panes()[1]?.setStretchFactor(3);
    this.#style();
    this.#chart.subscribeCrosshairMove(({ time }) =>
      onReading(time === undefined ? null : this.#reading(Number(time) * 1_000))
    );
    addEventListener("themechange", this.#recolour);
  }

  show(setting: ChartSetting): void {
    const isOther = setting.bars !== this.#setting.bars;
    this.#setting = setting;
    this.#style();
    if (isOther) this.#showRange();
  }

  update(series: SeriesColumns): void {
    this.#series = series;
    const flushMs = series.stride === 1 ? FLUSH_MS : THINNED_FLUSH_MS;
    this.#timer ??= setTimeout(
      () => this.#flush(),
      Math.max(0, this.#flushedMs + flushMs - performance.now()),
    );
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    removeEventListener("themechange", this.#recolour);
    this.#chart.remove();
  }

  #flush(): void {
    this.#timer = null;
    this.#flushedMs = performance.now();
    const { barMs, equity, buyAndHold, drawdown, holdDrawdown, stride } = this.#series;
    const firstMs = barMs[0] ?? -1;
    const columns = [
      [this.#equity, equity, 1],
      [this.#hold, buyAndHold, 1],
      [this.#drawdown, drawdown, -100],
      [this.#holdDrawdown, holdDrawdown, -100],
    ] as const;
    const continues = stride === 1 && firstMs === this.#drawnFirstMs && barMs.length >= this.#drawn;
    for (const [line, values, scale] of columns) {
      const point = (index: number) => ({
        time: secondsOf(barMs[index]!) as Time & number,
        value: values[index]! * scale + 0,
      });
      if (continues && this.#drawn > 0) {
        for (let index = this.#drawn; index < barMs.length; index++) line.update(point(index));
      } else {
        line.setData(barMs.map((_, index) => point(index)));
      }
    }
    const isFirst = this.#drawn === 0 || firstMs !== this.#drawnFirstMs;
    this.#drawn = barMs.length;
    this.#drawnFirstMs = firstMs;
    // All of a growing curve stays in view; a shorter range moves on by itself.
    if (isFirst || this.#setting.bars === Infinity) this.#showRange();
  }

  #showRange(): void {
    const count = this.#series.barMs.length;
    if (count === 0) return;
    const shown = Math.min(count, Math.ceil(this.#setting.bars / this.#series.stride));
    this.#chart.timeScale().setVisibleLogicalRange({
      from: count - shown - Math.max(0.5, FIRST_LABEL * shown),
      to: count + 0.5,
    });
  }

  #reading(ms: number): EquityReading | null {
    const { barMs, equity, buyAndHold, position, drawdown, holdDrawdown } = this.#series;
    const at = barMs.indexOf(ms);
    if (at < 0) return null;
    return {
      barMs: ms,
      equity: equity[at]!,
      buyAndHold: buyAndHold[at]!,
      position: position[at]!,
      drawdown: drawdown[at]!,
      holdDrawdown: holdDrawdown[at]!,
    };
  }

  #style(): void {
    const { agent, benchmark } = this.#colours;
    this.#chart.applyOptions(chartOptions(this.#colours, this.#setting));
    this.#equity.applyOptions({ color: agent });
    this.#hold.applyOptions({ color: benchmark });
    this.#holdDrawdown.applyOptions({ color: benchmark });
    this.#drawdown.applyOptions({
      lineColor: agent,
      topColor: `${agent}10`,
      bottomColor: `${agent}50`,
    });
  }
}
