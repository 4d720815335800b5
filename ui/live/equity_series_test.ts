import { deepEqual, equal, ok } from "node:assert/strict";
import { appendPoint, emptySeries } from "./equity_series.ts";
import type { EquityPoint } from "./messages.ts";

const point = (index: number): EquityPoint => ({
  barMs: index * 1_000,
  equity: 100 + index,
  buyAndHold: 100 - index,
  position: index % 2,
  drawdown: 0,
  holdDrawdown: 0,
});

Deno.test("appendPoint() keeps every stride-th point and the newest, within the limit", () => {
  const series = emptySeries();
  for (let index = 0; index < 1_000; index++) {
    appendPoint(series, point(index), 16);
    ok(series.barMs.length <= 17, `it holds ${series.barMs.length}`);
    equal(series.count, index + 1);
    equal(series.barMs.at(-1), index * 1_000);
    const grid = series.barMs.slice(0, -1);
    deepEqual(grid, grid.map((_, place) => place * series.stride * 1_000));
    equal(series.equity.at(-1), 100 + index);
    equal(series.position.length, series.barMs.length);
  }
});

Deno.test("appendPoint() gives the same series after a snapshot as without one", () => {
  const whole = emptySeries();
  const before = emptySeries();
  for (let index = 0; index < 37; index++) appendPoint(before, point(index), 16);
  const resumed = structuredClone(before);
  for (let index = 37; index < 90; index++) appendPoint(resumed, point(index), 16);
  for (let index = 0; index < 90; index++) appendPoint(whole, point(index), 16);
  deepEqual(resumed, whole);
});
