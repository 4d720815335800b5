/** A fast strip of each action's Q over the last bars, with uPlot. Browser only; knows no signal. */
import UPlot from "uplot";
import type { DecisionMark } from "./decision_mark.ts";
import { axisLooks, remPixels, tickText } from "./plot_axis.ts";

const FLUSH_MS = 200;
const BARS = 120;
const COLOURS = ["--muted", "--agent", "--benchmark"];
/** So that lines are told apart without colour. */
const DASHES = [[2, 2], [], [6, 3]];

export class QPlot implements Disposable {
  readonly #box: HTMLElement;
  readonly #resize: ResizeObserver;
  #plot: UPlot | null = null;
  #names: readonly string[] = [];
  #marks: readonly DecisionMark[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #redraw = () => this.#plot?.redraw(false, true);

  constructor(box: HTMLElement) {
    this.#box = box;
    this.#resize = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
    this.#resize.observe(box);
    addEventListener("themechange", this.#redraw);
  }

  /** @param names Of the actions, in order. */
  update(marks: readonly DecisionMark[], names: readonly string[]): void {
    this.#marks = marks;
    this.#names = names;
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    removeEventListener("themechange", this.#redraw);
    this.#resize.disconnect();
    this.#plot?.destroy();
  }

  #flush(): void {
    this.#timer = null;
    const marks = this.#marks.slice(-BARS);
    const data: UPlot.AlignedData = [
      marks.map((_, index) => index),
      ...this.#names.map((_, action) => marks.map(({ q }) => q[action] ?? null)),
    ];
    if (this.#plot?.series.length !== data.length) {
      this.#plot?.destroy();
      this.#plot = new UPlot(this.#options(), data, this.#box);
    } else this.#plot.setData(data);
  }

  #options(): UPlot.Options {
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 2, 6, 2],
      scales: { x: { time: false } },
      axes: [{ show: false }, {
        ...axisLooks(() => colour("--faint"), () => colour("--line")),
        size: 3.2 * remPixels(),
        space: 1.5 * remPixels(),
        values: (_, ticks, __, ___, step) => ticks.map((tick) => tickText(tick, step)),
      }],
      series: [
        {},
        ...this.#names.map((label, index) => ({
          label,
          width: 1.5,
          stroke: () => colour(COLOURS[index] ?? "--text"),
          dash: DASHES[index] ?? [],
          points: { show: false },
        })),
      ],
    };
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(80, this.#box.clientWidth), height: Math.max(40, this.#box.clientHeight) };
  }
}
