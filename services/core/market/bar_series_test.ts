import assert from "node:assert/strict";
import fc from "fast-check";
import { BarSeriesBuilder } from "./bar_series.ts";

const barAt = (openTimeMs: number) => ({
  openTimeMs,
  open: 10.1,
  high: 10.3,
  low: 9.7,
  close: 10.2,
  volume: openTimeMs / 7,
});

Deno.test("BarSeriesBuilder gives back what was appended, also after it has grown", () => {
  const bars = Array.from({ length: 1_000 }, (_, index) => barAt(index * 60_000));
  const series = new BarSeriesBuilder();
  for (const bar of bars) series.append(bar);
  assert.deepEqual([...series], bars);
  assert.equal(series.openTimeMs(999), 999 * 60_000);
});

Deno.test("BarSeriesBuilder.append() refuses a bar that does not open later", () => {
  const series = new BarSeriesBuilder();
  series.append(barAt(5));
  for (const openTimeMs of [5, 4, NaN]) {
    assert.throws(() => series.append(barAt(openTimeMs)), {
      name: "RangeError",
      message: `Cannot append a bar as it must open after 5: it opens at ${openTimeMs}`,
    });
  }
  assert.equal(series.length, 1);
});

Deno.test("BarSeriesBuilder.at() refuses an index outside the series", () => {
  const series = new BarSeriesBuilder();
  series.append(barAt(5));
  for (const index of [-1, 1, 0.5, NaN]) assert.throws(() => series.at(index), /must be from 0 to 0/);
});

Deno.test("BarSeriesBuilder.firstAfter() is the number of bars that open up to a time", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(200)), fc.integer({ min: -1, max: 201 }), (times, timeMs) => {
    const series = new BarSeriesBuilder();
    for (const openTimeMs of times.sort((a, b) => a - b)) series.append(barAt(openTimeMs));
    assert.equal(series.firstAfter(timeMs), times.filter((openTimeMs) => openTimeMs <= timeMs).length);
  }));
});
