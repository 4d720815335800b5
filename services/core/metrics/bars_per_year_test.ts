import assert from "node:assert/strict";
import { barsPerYear } from "./bars_per_year.ts";

const DAY = 86_400_000;

Deno.test("barsPerYear() follows the calendar, or the bars that there were", () => {
  const weekdays = { bars: 260, firstMs: 4 * DAY, lastMs: (4 + 361) * DAY };
  assert.equal(barsPerYear("24x7", "1h", weekdays), 365.2425 * 24);
  assert.equal(barsPerYear("weekdays", "1d", weekdays), 365.2425 * 5 / 7);
  assert.equal(barsPerYear("weekdays", "1w", weekdays), 365.2425 / 7);
  assert.ok(Math.abs(barsPerYear("from-data", "1d", weekdays) - 262) < 1);
  assert.equal(barsPerYear("from-data", "1d", { bars: 1, firstMs: DAY, lastMs: DAY }), 365.2425);
});
