import assert from "node:assert/strict";
import { timeframeMs } from "../contracts/symbol.ts";
import { barOpenMs } from "./bar_grid.ts";

Deno.test("barOpenMs() puts a moment into its UTC bar: minutes and hours of the day, days at midnight, weeks on Monday", () => {
  const at = Date.UTC(2024, 1, 29, 13, 47, 59, 999); // a Thursday
  const opens: Record<string, number> = {
    "1m": Date.UTC(2024, 1, 29, 13, 47),
    "15m": Date.UTC(2024, 1, 29, 13, 45),
    "4h": Date.UTC(2024, 1, 29, 12),
    "1d": Date.UTC(2024, 1, 29),
    "1w": Date.UTC(2024, 1, 26),
  };
  for (const [timeframe, open] of Object.entries(opens)) {
    const stepMs = timeframeMs(timeframe);
    assert.equal(barOpenMs(at, stepMs), open, timeframe);
    assert.equal(barOpenMs(open, stepMs), open);
    assert.equal(barOpenMs(open + stepMs - 1, stepMs), open);
    assert.equal(barOpenMs(open + stepMs, stepMs), open + stepMs);
  }
});
