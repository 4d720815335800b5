import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRandom } from "../market/seeded_random.ts";
import golden from "./metrics_quantstats.json" with { type: "json" };
import { probabilityOfOverfitting } from "./overfitting.ts";
import { drawdownsOf, measurePerformance, returnsOf, sharpeOf } from "./performance.ts";
import { deflatedSharpe, expectedBestSharpe, probabilisticSharpe } from "./sharpe_significance.ts";
import {
  bootstrapStatistic,
  centralInterval,
  probabilityAboveZero,
  stationaryDraws,
} from "./stationary_bootstrap.ts";

/** As in the script that made the golden values. */
const TRIAL_SHARPES = [-0.05, 0.01, 0.03, -0.02, 0.06, 0.0, 0.04];

function close(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, ${expected}`,
  );
}

function curveOf(returns: readonly number[]): number[] {
  const curve = [100];
  for (const value of returns) curve.push(curve.at(-1)! * (1 + value));
  return curve;
}

Deno.test("measurePerformance() gives the figures of quantstats", () => {
  for (const [name, expected] of Object.entries(golden)) {
    const found = measurePerformance(curveOf(expected.returns), 252);
    assert.equal(found.bars, expected.returns.length);
    close(found.totalReturn, expected.total_return, 1e-10, `${name} total return`);
    close(found.cagr, expected.cagr, 1e-10, `${name} CAGR`);
    close(found.volatility, expected.volatility, 1e-10, `${name} volatility`);
    close(found.sharpe, expected.sharpe, 1e-10, `${name} Sharpe`);
    close(found.sortino, expected.sortino, 1e-10, `${name} Sortino`);
    close(found.maxDrawdown, -expected.max_drawdown, 1e-10, `${name} drawdown`);
    close(found.winningBars, expected.win_rate, 1e-10, `${name} win rate`);
    close(found.calmar, expected.cagr / -expected.max_drawdown, 1e-10, `${name} Calmar`);
  }
});

Deno.test("measurePerformance() of a hand-made curve", () => {
  // +10 %, −10 %, −10 %, +20 %
  const found = measurePerformance([100, 110, 99, 89.1, 106.92], 4);
  close(found.totalReturn, 0.0692, 1e-12, "total");
  close(found.cagr, 0.0692, 1e-12, "one year of four bars");
  close(found.maxDrawdown, 1 - 89.1 / 110, 1e-12, "deepest");
  assert.equal(found.longestDrawdownBars, 3); // not back at 110 by the end
  assert.equal(found.winningBars, 0.5);
  const deviation = Math.sqrt((0.075 ** 2 + 2 * 0.125 ** 2 + 0.175 ** 2) / 3); // around a mean of .025
  close(found.sharpe, 0.025 / deviation * 2, 1e-12, "Sharpe");
  close(found.sortino, 0.025 / Math.sqrt(0.02 / 4) * 2, 1e-12, "Sortino");
});

Deno.test("measurePerformance() of a curve that never moves is all zeros, without a division by nothing", () => {
  const { bars: _, ...figures } = measurePerformance([5, 5, 5, 5], 252);
  assert.deepEqual(Object.values(figures), Object.values(figures).map(() => 0));
});

Deno.test("returnsOf() refuses curves that cannot be measured, naming the point", () => {
  assert.throws(() => returnsOf([1]), /as it must have 2 points or more: it has 1$/);
  for (const bad of [0, -1, NaN, Infinity]) {
    assert.throws(() => returnsOf([1, bad]), new RegExp(`must be a number above 0: point 1 is ${bad}$`));
  }
});

Deno.test("drawdownsOf() counts a time under water until its peak is reached again", () => {
  assert.deepEqual(drawdownsOf([10, 9, 10, 11, 10, 9, 8, 11]), { deepest: 1 - 8 / 11, longestBars: 3 });
});

Deno.test("probabilisticSharpe() and deflatedSharpe() equal the formulas by scipy", () => {
  for (const [name, expected] of Object.entries(golden)) {
    close(probabilisticSharpe(expected.returns, 0), expected.probabilistic_sharpe, 1e-7, `${name} PSR`);
    close(deflatedSharpe(expected.returns, TRIAL_SHARPES), expected.deflated_sharpe, 1e-7, `${name} DSR`);
  }
  assert.equal(expectedBestSharpe(0.1, 1), 0);
  assert.ok(expectedBestSharpe(0.1, 100) > expectedBestSharpe(0.1, 10));
});

Deno.test("stationaryDraws() keeps neighbours together for a geometric time with the given mean", () => {
  let [kept, count] = [0, 0];
  for (const positions of stationaryDraws(500, { meanBlock: 20, draws: 100, seed: 3 })) {
    for (let index = 1; index < positions.length; index++) {
      count++;
      if (positions[index] === (positions[index - 1]! + 1) % 500) kept++;
    }
  }
  close(kept / count, 0.95, 0.005, "share of neighbours"); // 1 − 1/20, and now and then by chance
});

Deno.test("bootstrapStatistic() covers the mean of independent values as often as it says", () => {
  let covered = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const random = new SeededRandom(seed);
    const values = Float64Array.from({ length: 120 }, () => random.normal());
    const sorted = bootstrapStatistic(values, (resampled) => resampled.reduce((a, b) => a + b) / 120, {
      meanBlock: 1,
      draws: 300,
      seed,
    });
    const [low, high] = centralInterval(sorted, 0.9);
    if (low <= 0 && 0 <= high) covered++;
  }
  assert.ok(covered >= 165 && covered <= 195, `90 % intervals held 0 in ${covered} of 200 samples`);
});

Deno.test("probabilityAboveZero() is near certain for a clear edge, and one half for none", () => {
  const options = { meanBlock: 20, draws: 2_000, seed: 1 };
  const random = new SeededRandom(5);
  const noise = Float64Array.from({ length: 1_000 }, () => random.normal());
  assert.ok(probabilityAboveZero(noise.map((value) => value + 0.3), options) > 0.99);
  assert.ok(probabilityAboveZero(noise.map((value) => value - 0.3), options) < 0.01);
  assert.equal(probabilityAboveZero(new Float64Array(50), options), 0.5);
});

Deno.test("the same seed gives the same bootstrap, another seed another", () => {
  const values = Float64Array.from({ length: 60 }, (_, index) => Math.sin(index));
  const run = (seed: number) => [...bootstrapStatistic(values, sharpeOf, { meanBlock: 5, draws: 20, seed })];
  assert.deepEqual(run(1), run(1));
  assert.notDeepEqual(run(1), run(2));
});

Deno.test("probabilityOfOverfitting() is 0 for a strategy that is truly best, and near one half for noise", () => {
  const noise = (seed: number) => {
    const random = new SeededRandom(seed);
    return Float64Array.from({ length: 800 }, () => random.normal());
  };
  const skilled = [noise(1).map((value) => value + 1), noise(2), noise(3), noise(4)];
  assert.deepEqual(probabilityOfOverfitting(skilled), { probability: 0, splits: 70 });
  const lucky = Array.from(
    { length: 10 },
    (_, run) =>
      probabilityOfOverfitting(Array.from({ length: 20 }, (_, trial) => noise(100 + 20 * run + trial)))
        .probability,
  );
  const average = lucky.reduce((a, b) => a + b) / lucky.length;
  assert.ok(average > 0.3 && average < 0.7, `noise: ${average}`);
  assert.throws(
    () => probabilityOfOverfitting([noise(1)]),
    /takes 2 or more trials over the same bars: there are 1/,
  );
});

Deno.test("measurePerformance() does not care for the unit of money", () => {
  const curve = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 3, maxLength: 40 });
  fc.assert(fc.property(curve, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (points, unit) => {
    const [a, b] = [points, points.map((value) => value * unit)].map((equity) =>
      measurePerformance(equity, 252)
    );
    for (const key of ["totalReturn", "volatility", "maxDrawdown"] as const) {
      close(a![key], b![key], 1e-9, key);
    }
  }));
});
