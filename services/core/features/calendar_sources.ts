/** Sources that say when it is: the bar's open time on a circle, so that its last step is next to its first. By the clock of the
 * symbol's days, on which they begin at midnight: an hour is that of the session, and Sunday evening is Monday where the session
 * says so. Known before the bar closes. */
import { z } from "zod";
import { defineSource, type FeatureSource } from "./feature_source.ts";

function circle(what: string, wave: (angle: number) => number, turn: (date: Date) => number): FeatureSource {
  const name = wave === Math.sin ? "sine" : "cosine";
  return defineSource({
    summary: `${name} of the bar's ${what} on a circle, by the clock of its symbol's days`,
    library: "arithmetic",
    unit: "",
    range: [-1, 1],
    neutral: 0,
    params: z.strictObject({}),
    readsClock: true,
    barsNeeded: () => 1,
    start: (_params, _averages, days) => ({ openTimeMs }) =>
      wave(2 * Math.PI * turn(new Date(openTimeMs + days.offsetMs(openTimeMs)))),
  });
}

const hour = (date: Date) => (date.getUTCHours() + date.getUTCMinutes() / 60) / 24;
const weekday = (date: Date) => date.getUTCDay() / 7;
const month = (date: Date) => date.getUTCMonth() / 12;

export const CALENDAR_SOURCES = {
  hour_sin: circle("time since its day began", Math.sin, hour),
  hour_cos: circle("time since its day began", Math.cos, hour),
  weekday_sin: circle("weekday", Math.sin, weekday),
  weekday_cos: circle("weekday", Math.cos, weekday),
  month_sin: circle("month", Math.sin, month),
  month_cos: circle("month", Math.cos, month),
};
