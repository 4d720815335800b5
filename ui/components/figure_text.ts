/** Names and units of the figures that processes, models and the gate report under names of the code. Pure. */
import { figure, percent } from "./format.ts";

/** What its words alone would not say well. */
const NAMES: Readonly<Record<string, string>> = {
  ece: "ECE",
  gradNorm: "gradient norm",
  meanAbsTd: "mean |TD|",
  meanValue: "mean Q",
  updatesPerSecond: "updates/s",
  validationGrowthBp: "validation growth a bar",
};

/** Fractions, which read better as per cent. */
const SHARES: ReadonlySet<string> = new Set([
  "betterAtDoubleCosts",
  "betterThanChampion",
  "betterThanFlat",
  "betterThanHolding",
  "championGrowth",
  "drawdown",
  "ece",
  "epsilon",
  "growth",
  "holdingGrowth",
  "turnover",
]);

const UNITS: Readonly<Record<string, string>> = {
  latencyMs: "ms",
  loss: "σ²",
  meanAbsTd: "σ",
  meanValue: "σ",
  validationGrowthBp: "bp",
};

/** `goldenStates` is written as “golden states”. */
export function figureName(name: string): string {
  return NAMES[name] ??
    name.replace(/Ms$/, "").replaceAll("_", " ").replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function figureText(name: string, value: number): string {
  if (SHARES.has(name)) return percent(value, 2);
  const unit = UNITS[name];
  return unit === undefined ? figure(value) : `${figure(value)} ${unit}`;
}
