import assert from "node:assert/strict";
import fc from "fast-check";
import { Bar } from "../contracts/bar.ts";
import { featureBarsNeeded, FeatureConfig } from "./feature_config.ts";
import { FEATURE_SOURCES } from "./indicators.ts";
import { checkPrefix } from "./proofs/prefix_check.ts";
import { productStates } from "./proofs/under_proof.ts";
import { StateBuilder } from "./state_builder.ts";

const HOUR_MS = 3_600_000;
const daily = FeatureConfig.parse({
  name: "daily",
  source: "log_return",
  params: { bars: 1 },
  timeframe: "1d",
  norm: { kind: "none" },
});

/** Hours from 1 January 2024, each with its own price. */
function hours(count: number): Bar[] {
  return Array.from({ length: count }, (_, hour) => barAt(hour, 100 + Math.sin(hour / 7) + hour / 50, hour));
}

Deno.test("a daily feature on hourly bars is that of the last day that has closed, all day long", () => {
  const bars = hours(24 * 6);
  const builder = new StateBuilder([daily], 0, "1h");
  bars.forEach((bar, hour) => {
    const state = builder.push(bar);
    // The hour from 23:00 closes its day; the first day is left out.
    const day = Math.floor((hour + 1) / 24) - 1;
    if (day < 2) return assert.equal(state, null);
    const closeOf = (of: number) => bars[of * 24 + 23]!.close;
    assert.deepEqual(state, Float32Array.of(Math.log(closeOf(day) / closeOf(day - 1))), `hour ${hour}`);
  });
  assert.equal(builder.barsNeeded, 72);
});

Deno.test("a daily feature does not see the day that is open: its later hours change nothing", () => {
  const bars = hours(24 * 5 + 10);
  const crash = bars.map((bar, hour) => hour < 24 * 5 ? bar : barAt(hour, 1e-3, 1e9));
  const [calm, crashed] = [bars, crash].map((each) => {
    const builder = new StateBuilder([daily], 0, "1h");
    return each.map((bar) => builder.push(bar)).at(-1);
  });
  assert.ok(calm !== null);
  assert.deepEqual(crashed, calm);
});

Deno.test("a feature on its own timeframe equals the same feature on bars of that length", () => {
  const onDays = FeatureConfig.parse({
    name: "r",
    source: "rsi",
    params: { period: 5 },
    norm: { kind: "rolling_z", window: 20 },
  });
  const bars = hours(24 * 200);
  const inner = new StateBuilder([{ ...onDays, timeframe: "1d" }], 0, "1h");
  const onHours = bars.map((bar) => inner.push(bar));
  const outer = new StateBuilder([onDays], 0, "1d");
  for (let day = 1; day < 200; day++) {
    const inDay = bars.slice(day * 24, day * 24 + 24);
    const state = outer.push({
      openTimeMs: inDay[0]!.openTimeMs,
      open: inDay[0]!.open,
      high: Math.max(...inDay.map(({ high }) => high)),
      low: Math.min(...inDay.map(({ low }) => low)),
      close: inDay[23]!.close,
      volume: inDay.reduce((sum, { volume }) => sum + volume, 0),
    });
    if (state !== null) assert.deepEqual(onHours[day * 24 + 23], state);
  }
});

Deno.test("a feature's timeframe must be a whole multiple of the bars'", () => {
  assert.throws(() => new StateBuilder([daily], 0, "7h"), {
    name: "RangeError",
    message: /timeframe must be a whole multiple of 7h: it is 1d/,
  });
});

Deno.test("no source sees the future on dirt: flat prices, no volume, spikes, gaps", () => {
  const features = [...FEATURE_SOURCES].flatMap(([source, { params }]) =>
    [undefined, "4h"].map((timeframe) =>
      FeatureConfig.parse({
        name: `${source}${timeframe ?? ""}`,
        source,
        params: "bars" in params.shape ? { bars: 3 } : "period" in params.shape ? { period: 3 } : {},
        norm: { kind: "none" },
        timeframe,
      })
    )
  ).filter((feature) => featureBarsNeeded(feature, "1h") < 250);
  assert.ok(features.length > 45);
  const price = fc.oneof(
    fc.constant(100),
    fc.double({ min: 1e-6, max: 9e7, noNaN: true }),
    fc.double({ min: 99, max: 101, noNaN: true }),
  );
  const volume = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e308, noNaN: true }));
  const stretch = fc.tuple(price, volume, fc.integer({ min: 1, max: 90 }), fc.integer({ min: 0, max: 30 }));
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 6, maxLength: 12 }), (stretches) => {
      let hour = 0;
      const bars = stretches.flatMap(([close, size, count, gap]) => {
        hour += gap;
        return Array.from({ length: count }, () => barAt(hour++, close, size));
      });
      const { leaks } = checkPrefix(productStates(features, 0, "1h"), bars, Math.floor(bars.length / 4));
      assert.deepEqual(leaks, []);
    }),
    { seed: 9, numRuns: 25 },
  );
});

function barAt(hour: number, price: number, volume: number): Bar {
  const openTimeMs = Date.UTC(2024, 0, 1) + hour * HOUR_MS;
  return Bar.parse({ openTimeMs, open: price, high: price, low: price, close: price, volume });
}
