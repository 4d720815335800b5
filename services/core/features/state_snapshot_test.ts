import assert from "node:assert/strict";
import fc from "fast-check";
import { loadModelConfig } from "../config/model_config.ts";
import { Bar } from "../contracts/bar.ts";
import { FeatureConfig } from "./feature_config.ts";
import { FEATURE_SOURCES } from "./indicators.ts";
import { StateBuilder } from "./state_builder.ts";
import { sp500Bars } from "./testdata/sp500.ts";

const CONFIG = new URL("../../../docs/model_config.yaml", import.meta.url).pathname;
const HOUR_MS = 3_600_000;
/** Every source on hours and on days. */
const EVERY_SOURCE = [...FEATURE_SOURCES].flatMap(([source, { params }]) =>
  [undefined, "1d"].map((timeframe) =>
    FeatureConfig.parse({
      name: `${source}${timeframe ?? ""}`,
      source,
      params: "bars" in params.shape ? { bars: 3 } : "period" in params.shape ? { period: 4 } : {},
      norm: { kind: "rolling_z", window: 20 },
      timeframe,
    })
  )
);

/** Goes on from a snapshot that went through bytes, as it does on disk. */
function restarted(features: readonly FeatureConfig[], builder: StateBuilder, timeframe: string) {
  const { identity, values } = builder.snapshot();
  const next = new StateBuilder(features, 0, timeframe);
  next.restore({ identity, values: new Float64Array(values.slice().buffer) });
  return next;
}

Deno.test("StateBuilder.restore() goes on with the same bits, from any bar, warm or not", async () => {
  const { features } = await loadModelConfig(CONFIG);
  const bars = sp500Bars().slice(0, 900);
  for (const cut of [0, 1, 13, 249, 250, 498, 499, 640]) {
    const straight = new StateBuilder(features, 0, "1d");
    for (const bar of bars.slice(0, cut)) straight.push(bar);
    const next = restarted(features, straight, "1d");
    assert.deepEqual(next.raw, straight.raw);
    for (const bar of bars.slice(cut)) assert.deepEqual(next.push(bar), straight.push(bar), `cut at ${cut}`);
    assert.deepEqual(next.raw, straight.raw);
    assert.equal(next.replaced, straight.replaced);
  }
});

Deno.test("StateBuilder.restore() changes no bit on dirt: flat prices, no volume, spikes, gaps, two timeframes", () => {
  const price = fc.oneof(
    fc.constant(100),
    fc.double({ min: 1e-6, max: 9e7, noNaN: true }),
    fc.double({ min: 99, max: 101, noNaN: true }),
  );
  const volume = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e308, noNaN: true }));
  const stretch = fc.tuple(price, volume, fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(
      fc.array(stretch, { minLength: 2, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (
        stretches,
        share,
      ) => {
        let hour = 0;
        const bars = stretches.flatMap(([close, size, count, gap]) => {
          hour += gap;
          return Array.from({ length: count }, () => barAt(hour++, close, size));
        });
        const cut = Math.floor(share * bars.length);
        const straight = new StateBuilder(EVERY_SOURCE, 0, "1h");
        for (const bar of bars.slice(0, cut)) straight.push(bar);
        const next = restarted(EVERY_SOURCE, straight, "1h");
        for (const bar of bars.slice(cut)) {
          assert.deepEqual(next.push(bar), straight.push(bar));
          assert.deepEqual(next.raw, straight.raw);
        }
        assert.deepEqual(next.snapshot(), straight.snapshot());
      },
    ),
    { seed: 3, numRuns: 40 },
  );
});

Deno.test("StateBuilder.restore() keeps recursive averages that no window of bars could give back", () => {
  const features = [
    FeatureConfig.parse({ name: "e", source: "ema_distance", params: { period: 3 }, norm: { kind: "none" } }),
  ];
  const bars = sp500Bars();
  const builder = new StateBuilder(features);
  for (const bar of bars.slice(0, 2000)) builder.push(bar);
  const late = new StateBuilder(features);
  for (const bar of bars.slice(2000 - builder.barsNeeded, 2000)) late.push(bar);
  const next = restarted(features, builder, "1d");
  assert.notDeepEqual(late.raw, builder.raw);
  assert.deepEqual(next.raw, builder.raw);
});

Deno.test("StateBuilder.restore() refuses another's snapshot, a broken one, and a builder that has started", () => {
  const [first, second] = ["rsi", "cci"].map((source) =>
    FeatureConfig.parse({ name: "a", source, params: { period: 5 }, norm: { kind: "none" } })
  );
  const builder = new StateBuilder([first!]);
  builder.push(sp500Bars()[0]!);
  const { identity, values } = builder.snapshot();
  const fresh = () => new StateBuilder([first!]);
  assert.throws(() => new StateBuilder([second!]).restore({ identity, values }), /snapshot must be of .*cci/);
  assert.throws(() => builder.restore({ identity, values }), /no bar may come before: 1 have/);
  assert.throws(() => fresh().restore({ identity, values: values.slice(0, -1) }), /must be whole/);
  assert.throws(
    () => fresh().restore({ identity, values: Float64Array.of(...values, 0) }),
    /must hold \d+ values/,
  );
});

function barAt(hour: number, price: number, volume: number): Bar {
  return Bar.parse({
    openTimeMs: hour * HOUR_MS,
    open: price,
    high: price,
    low: price,
    close: price,
    volume,
  });
}

Deno.test("StateBuilder.restore() goes on with the same average true range, from any bar", () => {
  const features = [
    FeatureConfig.parse({ name: "g", source: "gap", norm: { kind: "none" } }),
  ];
  const builderWithAtr = () => new StateBuilder(features, 0, "1d", { atr: true });
  const bars = sp500Bars().slice(0, 400);
  for (const cut of [0, 1, 14, 15, 249, 250, 333]) {
    const straight = builderWithAtr();
    for (const bar of bars.slice(0, cut)) straight.push(bar);
    const next = builderWithAtr();
    next.restore(straight.snapshot());
    assert.equal(next.atr, straight.atr);
    for (const bar of bars.slice(cut)) {
      assert.deepEqual(next.push(bar), straight.push(bar));
      assert.equal(next.atr, straight.atr, `cut at ${cut}`);
    }
  }
  const without = new StateBuilder(features).snapshot();
  assert.throws(() => builderWithAtr().restore(without), /snapshot must be of .*atr/);
});
