import assert from "node:assert/strict";
import { differentialSharpe } from "./differential_sharpe.ts";

const close = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual}, not ${expected}`);

Deno.test("differentialSharpe() follows its formula, by hand", () => {
  // s = 0.5: B = 1.25. r = 1: 1.25 · 0.5 − 0.25 · (1 − 1.25); r = 0.5, the mean: no first part, a small square
  close(differentialSharpe(0.5, 1), 0.625 + 0.0625);
  close(differentialSharpe(0.5, 0.5), -0.25 * (0.25 - 1.25));
  close(differentialSharpe(0.5, -2), 1.25 * -2.5 - 0.25 * (4 - 1.25));
});

Deno.test("differentialSharpe() is the slope of the moving Sharpe ratio as a return comes in", () => {
  const sharpe = (mean: number, meanSquare: number) => mean / Math.sqrt(meanSquare - mean ** 2);
  const [mean, meanSquare, eta] = [0.05, 1 + 0.05 ** 2, 1e-7];
  for (const returned of [-3, 0, 0.05, 2]) {
    const after = sharpe(mean + eta * (returned - mean), meanSquare + eta * (returned ** 2 - meanSquare));
    close((after - sharpe(mean, meanSquare)) / eta, differentialSharpe(0.05, returned), 1e-4);
  }
});

Deno.test("differentialSharpe() punishes large moves either way, losses far more", () => {
  const [gain, loss] = [differentialSharpe(0.5, 6), differentialSharpe(0.5, -6)];
  assert.ok(gain < differentialSharpe(0.5, 2.5) && loss < -gain);
});

Deno.test("differentialSharpe() refuses what is not finite", () => {
  assert.throws(() => differentialSharpe(0.1, Infinity), /they are 0.1 and Infinity/);
  assert.throws(() => differentialSharpe(NaN, 0), /they are NaN and 0/);
});
