import assert from "node:assert/strict";
import fc from "fast-check";
import { measurePerformance, type Performance } from "./performance.ts";
import { RunningPerformance } from "./running_performance.ts";

const runOf = (equity: readonly number[]) => {
  const running = new RunningPerformance();
  for (const value of equity) running.push(value);
  return running;
};

Deno.test("RunningPerformance gives what measurePerformance() gives of the whole curve", () => {
  const curve = fc.array(fc.double({ min: 0.7, max: 1.4, noNaN: true }), { minLength: 1, maxLength: 200 })
    .map((factors) => factors.reduce((curve, factor) => [...curve, curve.at(-1)! * factor], [100_000]));
  fc.assert(fc.property(curve, (equity) => {
    const whole = measurePerformance(equity, 252);
    const running = runOf(equity).figures(252)!;
    for (const [name, value] of Object.entries(whole) as [keyof Performance, number][]) {
      const size = Math.max(1, Math.abs(value));
      assert.ok(Math.abs(running[name] - value) <= 1e-8 * size, `${name}: ${running[name]} for ${value}`);
    }
  }));
});

Deno.test("RunningPerformance measures nothing before the second point, and nothing after ruin", () => {
  assert.equal(runOf([100]).figures(252), null);
  assert.equal(runOf([100, -1, 50, 60]).figures(252), null);
});

Deno.test("RunningPerformance finds no spread in a curve that stands still", () => {
  const { sharpe, volatility, maxDrawdown } = runOf([100, 100, 100, 100]).figures(252)!;
  assert.deepEqual([sharpe, volatility, maxDrawdown], [0, 0, 0]);
});
