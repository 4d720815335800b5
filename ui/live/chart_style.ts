/** Colours, fonts and dates of the charts, from the page's style sheet and the reader's choice. Browser only. */
import type { ChartOptions, DeepPartial, TickMarkType, Time } from "lightweight-charts";
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import { barDate, isDayOrLonger, price } from "../components/format.ts";

const NAMES = [
  "agent",
  "benchmark",
  "muted",
  "faint",
  "line",
  "text",
  "surface",
  "ground",
  "bad",
  "warn",
  "busy",
] as const;
export type ChartColours = Readonly<Record<typeof NAMES[number], string>>;

export function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as ChartColours;
}

/** Which bars a chart shows, and how it names them. */
export interface ChartSetting {
  /** The last bars to show; Infinity for all. */
  readonly bars: number;
  readonly timeframe: Timeframe | undefined;
  readonly zone: "utc" | "local";
}

/** How price axes write their numbers. */
export const PRICE_FORMAT = { type: "custom", formatter: price, minMove: 1e-8 } as const;

export function secondsOf(ms: number): number {
  return ms / 1_000;
}

/** What both charts have alike. The notice that the library asks for stands in the page's footer, with its link. */
export function chartOptions(colours: ChartColours, setting: ChartSetting): DeepPartial<ChartOptions> {
  const { timeframe, zone } = setting;
  return {
    layout: {
      background: { color: "transparent" },
      textColor: colours.muted,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: Math.round(0.8 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)),
      attributionLogo: false,
      panes: { separatorColor: colours.line, separatorHoverColor: colours.line, enableResize: false },
    },
    grid: { vertLines: { color: colours.line }, horzLines: { color: colours.line } },
    crosshair: {
      mode: 0,
      vertLine: { color: colours.faint, labelBackgroundColor: colours.faint },
      horzLine: { color: colours.faint, labelBackgroundColor: colours.faint },
    },
    rightPriceScale: { borderColor: colours.line, minimumWidth: 72 },
    timeScale: {
      borderColor: colours.line,
      rightOffset: 3,
      minBarSpacing: 0.02,
      timeVisible: !isDayOrLonger(timeframe),
      // Bars that are closer than a pixel are drawn as one.
      enableConflation: true,
      tickMarkFormatter: (time: Time, kind: TickMarkType) => tickText(Number(time) * 1_000, kind, setting),
    },
    localization: {
      locale: "en-US",
      timeFormatter: (time: Time) => barDate(Number(time) * 1_000, timeframe, zone),
    },
  };
}

/** Years, months, days, then times: kinds 0 to 4 of the library. */
function tickText(ms: number, kind: TickMarkType, { timeframe, zone }: ChartSetting): string {
  const text = barDate(ms, "1m", isDayOrLonger(timeframe) ? "utc" : zone); // YYYY-MM-DD HH:mm
  if (kind === 0) return text.slice(0, 4);
  const month = MONTHS[Number(text.slice(5, 7)) - 1] ?? "";
  if (kind === 1) return month;
  return kind === 2 ? `${Number(text.slice(8, 10))} ${month}` : text.slice(11, 16);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
