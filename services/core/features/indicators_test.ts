import assert from "node:assert/strict";
import type { Bar } from "../contracts/bar.ts";
import type { FeatureSource, SourceParams } from "./feature_source.ts";
import { FEATURE_SOURCES } from "./indicators.ts";
import { sp500Bars } from "./testdata/sp500.ts";

function sourceNamed(name: string) {
  const source = FEATURE_SOURCES.get(name);
  if (source === undefined) throw new RangeError(`Cannot test ${name} as it must be a source: it is not`);
  return source;
}

const paramsOf = ({ params }: FeatureSource): SourceParams =>
  params.parse(
    "bars" in params.shape ? { bars: 5 } : "period" in params.shape ? { period: 14 } : {},
  ) as SourceParams;

for (const [name, source] of FEATURE_SOURCES) {
  const params = paramsOf(source);

  Deno.test(`${name} has a value in its range from barsNeeded on`, () => {
    const read = source.start(params);
    const needed = source.barsNeeded(params);
    sp500Bars().slice(0, needed + 500).forEach((bar, index) => {
      const value = read(bar);
      if (index + 1 < needed) return;
      assert.ok(typeof value === "number" && Number.isFinite(value), `bar ${index + 1}: ${value}`);
      assert.ok(value >= source.range[0] && value <= source.range[1], `bar ${index + 1}: ${value}`);
    });
  });

  Deno.test(`${name} is finite again after flat prices without volume`, () => {
    const read = source.start(params);
    const flat: Bar[] = Array.from({ length: 300 }, (_, index) => flatBar(index));
    const moving = sp500Bars().slice(0, 300);
    for (const bar of [...flat, ...moving.slice(0, 299)]) read(bar);
    assert.ok(Number.isFinite(read(moving[299] as Bar)));
  });
}

Deno.test("recursive sources differ by < 1e-6 of their spread at barsNeeded, wherever the history starts", () => {
  const bars = sp500Bars();
  for (const name of ["rsi", "atr_ratio", "ema_distance", "macd_histogram"]) {
    const source = sourceNamed(name);
    const params = paramsOf(source);
    const [early, late] = [source.start(params), source.start(params)];
    const start = 1000;
    const end = start + source.barsNeeded(params);
    const values = bars.slice(0, end).map((bar) => early(bar) ?? NaN);
    let value = NaN;
    for (const bar of bars.slice(start, end)) value = late(bar) ?? NaN;
    const spread = Math.max(...values.slice(300)) - Math.min(...values.slice(300));
    assert.ok(
      Math.abs(value - (values.at(-1) ?? NaN)) < 1e-6 * spread,
      `${name}: ${value} and ${values.at(-1)}`,
    );
  }
});

Deno.test("rsi says neither over- nor undersold once a price has stood still, however long it has", () => {
  const read = sourceNamed("rsi").start({ period: 14 });
  const moving = sp500Bars().slice(0, 300);
  for (const bar of moving) read(bar);
  const close = moving.at(-1)!.close;
  const values = Array.from({ length: 15_000 }, (_, index) => {
    const openTimeMs = moving.at(-1)!.openTimeMs + (index + 1) * 86_400_000;
    return read({ openTimeMs, open: close, high: close, low: close, close, volume: 0 });
  });
  assert.ok(Number.isFinite(values[100]), "it still knows the last moves");
  assert.deepEqual(new Set(values.slice(400)), new Set([NaN]), "which becomes the neutral value");
});

function flatBar(index: number): Bar {
  return { openTimeMs: index, open: 0.1, high: 0.1, low: 0.1, close: 0.1, volume: 0 };
}
