/** Draws lines over a number or over time with uPlot: raw figures behind smoothed ones, marks at moments. Browser only. */
import UPlot from "uplot";
import { axisLooks, FONT_FAMILY, remPixels, tickText } from "./plot_axis.ts";

/** Meanings that the styles have a colour for. */
export type Ink = "agent" | "benchmark" | "muted" | "busy" | "warn";

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly ink: Ink;
  /** Of the stroke; 0 for points alone. */
  readonly width?: number;
  /** How it is told apart without colour; drawn through by default. */
  readonly dash?: keyof typeof DASHES;
  /** Behind the others: what a smoothed line is made of. */
  readonly isFaint?: boolean;
}

/** A vertical line where something happened. */
export interface Mark {
  readonly x: number;
  readonly label: string;
  readonly ink: Ink;
}

export interface Drawing {
  /** Ascending; seconds where it is time. */
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly marks?: readonly Mark[];
  /** Both axes from here to there; else they fit the data. */
  readonly range?: readonly [number, number];
  /** Where it is time: whether it is told on the reader's clock, else on UTC's. */
  readonly isLocal?: boolean;
  /** What a place on the horizontal axis is called. */
  readonly nameX?: (x: number) => string;
}

export interface PlotLooks {
  readonly isTime?: boolean;
  /** How the vertical axis writes; by default with the decimals that its ticks need. */
  readonly format?: (value: number) => string;
  /** Told which point is under the pointer; null for none. */
  readonly onPoint?: (index: number | null) => void;
}

const [MINUTE, HOUR, DAY, MONTH, YEAR] = [60, 3_600, 86_400, 28 * 86_400, 365 * 86_400];
/** What ticks at least so many seconds apart are called, and what is added where the year or the day is another. */
const TIME_NAMES: UPlot.Axis.Values = [
  [YEAR, "{YYYY}", null, null, null, null, null, null, 1],
  [MONTH, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [HOUR, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [MINUTE, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
];
const MOST_MARK_LABELS = 12;
const ROOM = 0.08;
const DASHES = { dashed: [6, 4], dotted: [2, 3] };
const INKS: readonly Ink[] = ["agent", "benchmark", "muted", "busy", "warn"];

export class LinePlot implements Disposable {
  readonly #box: HTMLElement;
  readonly #looks: PlotLooks;
  readonly #resize: ResizeObserver;
  #plot: UPlot | null = null;
  #drawing: Drawing = { x: [], lines: [] };
  #colours = readColours();
  readonly #recolour = () => {
    this.#colours = readColours();
    this.#plot?.redraw(false, true);
  };

  constructor(box: HTMLElement, looks: PlotLooks) {
    this.#box = box;
    this.#looks = looks;
    this.#resize = new ResizeObserver(() => this.#plot?.setSize(sizeOf(box)));
    this.#resize.observe(box);
    addEventListener("themechange", this.#recolour);
  }

  /** Draws; the same kind of lines as before is drawn into the same plot. */
  draw(drawing: Drawing): void {
    const isSame = this.#plot !== null && drawing.x.length > 0 && shapeOf(drawing) === shapeOf(this.#drawing);
    this.#drawing = drawing;
    const data = [drawing.x, ...drawing.lines.map(({ values }) => values)] as UPlot.AlignedData;
    if (isSame) return this.#plot?.setData(data);
    this.#plot?.destroy();
    this.#plot = null;
    if (drawing.x.length === 0) return; // axes without a figure say nothing
    this.#plot = new UPlot(this.#options(), data, this.#box);
  }

  [Symbol.dispose](): void {
    removeEventListener("themechange", this.#recolour);
    this.#resize.disconnect();
    this.#plot?.destroy();
  }

  #options(): UPlot.Options {
    const { isTime = false, format, onPoint } = this.#looks;
    const rem = remPixels();
    const axis = axisLooks(() => this.#colours.faint, () => this.#colours.grid);
    return {
      ...sizeOf(this.#box),
      tzDate: (seconds) => {
        const moment = new Date(seconds * 1_000);
        return this.#drawing.isLocal ? moment : UPlot.tzDate(moment, "Etc/UTC");
      },
      legend: { show: false },
      padding: [8, 1.2 * rem, 0, 4], // half of the last name
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false, setScale: false } },
      scales: {
        x: { time: isTime, range: (_, low, high) => this.#range(low, high, 0) },
        y: { range: (_, low, high) => this.#range(low, high, ROOM) },
      },
      axes: [
        {
          ...axis,
          space: 5 * rem,
          size: (isTime ? 2.5 : 2) * rem,
          gap: 0.55 * rem, // the axes' names meet in the corner
          // Asked for anew with each drawing; time names itself.
          ...(isTime
            ? { values: TIME_NAMES }
            : { values: (_: UPlot, ticks: number[]) => ticks.map((x) => this.#drawing.nameX?.(x) ?? "") }),
        },
        {
          ...axis,
          size: 4.3 * rem,
          space: ({ height }) => (height < 12 * rem ? 1.5 : 2.2) * rem,
          values: (_, ticks, __, ___, step) => ticks.map((tick) => format?.(tick) ?? tickText(tick, step)),
        },
      ],
      series: [{}, ...this.#drawing.lines.map((line) => this.#series(line))],
      hooks: {
        draw: [(plot) => this.#drawMarks(plot)],
        setCursor: [(plot) => onPoint?.(plot.cursor.idx ?? null)],
      },
    };
  }

  /** @param room Above and below, as a share of the span; a flat line gets a band that its ticks can tell apart. */
  #range(low: number | null, high: number | null, room: number): [number, number] {
    if (this.#drawing.range !== undefined) return [...this.#drawing.range];
    if (low === null || high === null) return [0, 1];
    if (low < high) return [low - room * (high - low), high + room * (high - low)];
    if (room === 0) return [low - 1, low + 1];
    return low === 0 ? [0, 1] : [low - Math.abs(low) / 2, low + Math.abs(low) / 2];
  }

  #series({ label, ink, width = 1.75, dash, isFaint = false }: Line): UPlot.Series {
    const colour = () => this.#colours[ink];
    return {
      label,
      stroke: colour,
      width,
      alpha: isFaint ? 0.35 : 1,
      spanGaps: true,
      ...(dash === undefined ? {} : { dash: DASHES[dash] }),
      ...(width === 0 ? { paths: () => null } : {}),
      points: { show: (plot) => width === 0 || plot.data[0].length < 3, size: 7, fill: colour },
    };
  }

  #drawMarks(plot: UPlot): void {
    const marks = this.#drawing.marks ?? [];
    const { ctx: context, bbox: { left, top, width, height } } = plot;
    context.save();
    context.font = `${Math.round(0.72 * remPixels() * devicePixelRatio)}px ${FONT_FAMILY}`;
    context.textBaseline = "top";
    context.lineWidth = devicePixelRatio;
    for (const { x, label, ink } of marks) {
      const at = Math.round(plot.valToPos(x, "x", true));
      if (at < left || at > left + width) continue;
      context.strokeStyle = context.fillStyle = this.#colours[ink];
      context.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      context.beginPath();
      context.moveTo(at, top);
      context.lineTo(at, top + height);
      context.stroke();
      if (marks.length > MOST_MARK_LABELS) continue;
      const isLast = at + context.measureText(label).width > left + width;
      context.textAlign = isLast ? "right" : "left";
      context.fillText(label, at + (isLast ? -4 : 4) * devicePixelRatio, top);
    }
    context.restore();
  }
}

/** What must be equal for new data to go into the same plot. */
function shapeOf({ lines }: Drawing): string {
  return JSON.stringify(lines.map(({ values: _, ...looks }) => looks));
}

function sizeOf(box: HTMLElement): { width: number; height: number } {
  return { width: Math.max(120, box.clientWidth), height: Math.max(80, box.clientHeight) };
}

function readColours(): Record<Ink | "faint" | "grid", string> {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ...Object.fromEntries(INKS.map((ink) => [ink, colour(ink)])) as Record<Ink, string>,
    faint: colour("faint"),
    grid: colour("line"),
  };
}
