/** What the reader chose: colours and time zone, kept in this browser. `static/theme.js` applies the colours before the first
 * paint; on the server everything is at its default. */
import { signal } from "@preact/signals";

export const THEMES = ["dark", "light"] as const;
/** Each is a pair of colours that every kind of sight tells apart; shape and text say the same. */
export const PALETTES = ["blue-orange", "green-purple", "mono"] as const;
export const ZONES = ["utc", "local"] as const;

export type Theme = typeof THEMES[number];
export type Palette = typeof PALETTES[number];
export type Zone = typeof ZONES[number];

export const theme = signal<Theme>("dark");
export const palette = signal<Palette>("blue-orange");
export const zone = signal<Zone>("utc");

/** Takes up what was chosen; to be called once the islands are there, which the server drew with the defaults. */
export function loadPreferences(): void {
  theme.value = oneOf(THEMES, localStorage.getItem("theme"));
  palette.value = oneOf(PALETTES, localStorage.getItem("palette"));
  zone.value = oneOf(ZONES, localStorage.getItem("zone"));
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  keep("theme", chosen);
  recolour("theme", chosen);
}

export function choosePalette(chosen: Palette): void {
  palette.value = chosen;
  keep("palette", chosen);
  recolour("palette", chosen);
}

export function chooseZone(chosen: Zone): void {
  zone.value = chosen;
  keep("zone", chosen);
}

function recolour(attribute: "theme" | "palette", value: string): void {
  document.documentElement.dataset[attribute] = value;
  dispatchEvent(new Event("themechange")); // charts read their colours again
}

function keep(name: string, value: string): void {
  localStorage.setItem(name, value);
}

function oneOf<T extends string>(values: readonly [T, ...T[]] | readonly T[], found: string | null): T {
  return values.find((value) => value === found) ?? values[0]!;
}
