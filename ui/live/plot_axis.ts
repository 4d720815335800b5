/** What the axes of all charts by uPlot have alike. Browser only. */
import type UPlot from "uplot";
import { decimal } from "../components/format.ts";

export const FONT_FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Pixels of the page's unit, which grows with large screens. */
export function remPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** @param faint Of the words, and @param grid of the lines, asked for with each drawing. */
export function axisLooks(faint: () => string, grid: () => string): UPlot.Axis {
  return {
    stroke: faint,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    font: `${Math.round(0.78 * remPixels())}px ${FONT_FAMILY}`, // uPlot reads whole pixels only
  };
}

/** A number with the decimals that tell it from its neighbours, `step` away: two for 0.25. */
export function tickText(value: number, step: number): string {
  return decimal(value, String(step).split(".")[1]?.length ?? 0);
}
