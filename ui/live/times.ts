/** Dates in the time zone that the reader chose, with that zone's name to stand beside them. */
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import { barDate, isDayOrLonger, moment } from "../components/format.ts";
import { zone } from "./preferences.ts";

export interface Times {
  /** Of moments, e.g. `UTC` or `Europe/Vienna`. */
  readonly zoneName: string;
  /** Of bars: a bar of a day or longer is named by its UTC day, wherever the reader is. */
  readonly barZone: (timeframe: Timeframe | undefined) => string;
  readonly bar: (ms: number | null | undefined, timeframe: Timeframe | undefined) => string;
  /** To the second. */
  readonly moment: (ms: number) => string;
}

/** Follows the choice: a widget that uses it is drawn again when the reader changes it. */
export function useTimes(): Times {
  const chosen = zone.value;
  const zoneName = chosen === "utc" ? "UTC" : localZoneName();
  return {
    zoneName,
    barZone: (timeframe) => isDayOrLonger(timeframe) ? "UTC" : zoneName,
    bar: (ms, timeframe) => barDate(ms, timeframe, chosen),
    moment: (ms) => moment(ms, chosen),
  };
}

export function localZoneName(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local time";
}
