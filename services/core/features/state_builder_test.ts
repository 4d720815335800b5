import assert from "node:assert/strict";
import { cpuUsage } from "node:process";
import fc from "fast-check";
import { ATR } from "trading-signals";
import { loadModelConfig } from "../config/model_config.ts";
import { Bar } from "../contracts/bar.ts";
import { FeatureConfig } from "./feature_config.ts";
import { startScaler } from "./feature_scaling.ts";
import { FEATURE_SOURCES } from "./indicators.ts";
import { StateBuilder } from "./state_builder.ts";
import { sp500Bars } from "./testdata/sp500.ts";

const CONFIG = new URL("../../../docs/model_config.yaml", import.meta.url).pathname;
/** Every source, with a window short enough for quick tests. */
const EVERY_SOURCE = [...FEATURE_SOURCES].map(([source, { params }]) =>
  FeatureConfig.parse({
    name: source,
    source,
    params: "bars" in params.shape ? { bars: 5 } : "period" in params.shape ? { period: 10 } : {},
    norm: { kind: "rolling_z", window: 20 },
  })
);

const FEATURE_OF_ONE_BAR = FeatureConfig.parse({
  name: "range",
  source: "bar_range",
  norm: { kind: "none" },
});

const statesOf = (builder: StateBuilder, bars: readonly Bar[]) => bars.map((bar) => builder.push(bar));

Deno.test("StateBuilder.push() gives bit-identical states on a truncated history", async () => {
  const { features, data } = await loadModelConfig(CONFIG);
  const bars = sp500Bars().slice(0, 1500);
  const whole = statesOf(new StateBuilder(features, data.warmup_bars), bars);
  for (const length of [500, 501, 777, 1234]) {
    const truncated = statesOf(new StateBuilder(features, data.warmup_bars), bars.slice(0, length));
    assert.deepEqual(truncated, whole.slice(0, length));
  }
});

Deno.test("StateBuilder.push() does not see the future: later bars of any kind leave earlier states alone", async () => {
  const { features } = await loadModelConfig(CONFIG);
  const bars = sp500Bars().slice(0, 600);
  const spiked = bars.map((bar, index) =>
    index < 500 ? bar : { ...bar, open: 9e7, high: 9e7, low: 1e-6, close: 1e-6, volume: 1e300 }
  );
  const [states, others] = [bars, spiked].map((each) =>
    statesOf(new StateBuilder(features), each).slice(0, 500)
  );
  assert.deepEqual(states, others);
});

Deno.test("StateBuilder is warm after exactly barsNeeded bars, or after warmupBars where that is more", async () => {
  const { features } = await loadModelConfig(CONFIG);
  for (const [warmupBars, first] of [[0, 499], [499, 499], [600, 600]] as const) {
    const builder = new StateBuilder(features, warmupBars);
    assert.equal(builder.barsNeeded, first);
    const states = statesOf(builder, sp500Bars().slice(0, 700));
    assert.equal(states.findIndex((state) => state !== null) + 1, first);
    assert.ok(states.slice(first).every((state) => state !== null));
  }
});

/** Days after a bar on which nothing moves. */
function still({ openTimeMs, close }: Bar, days: number): Bar[] {
  return Array.from({ length: days }, (_, index) => {
    const prices = { open: close, high: close, low: close, close };
    return { openTimeMs: openTimeMs + (index + 1) * 86_400_000, ...prices, volume: 0 };
  });
}

Deno.test("StateBuilder.push() forgets where the history starts on prices that stand still, too", async () => {
  const { features } = await loadModelConfig(CONFIG);
  const moving = sp500Bars().slice(0, 700);
  // What an average range is still decays, and is scaled by how it did.
  const forgetting = features.filter(({ source }) => source !== "atr_ratio");
  const [whole, late] = [new StateBuilder(forgetting), new StateBuilder(forgetting)];
  statesOf(whole, moving);
  const after = still(moving.at(-1)!, 900);
  assert.deepEqual(statesOf(whole, after).at(-1), statesOf(late, after).at(-1));
});

Deno.test("StateBuilder.atr stays above nothing on prices that stand still, so that a stop can be measured", async () => {
  const { features } = await loadModelConfig(CONFIG);
  const builder = new StateBuilder(features, 0, "1d", { atr: true });
  const moving = sp500Bars().slice(0, 700);
  statesOf(builder, moving);
  for (const bar of still(moving.at(-1)!, 15_000)) {
    builder.push(bar);
    assert.ok(builder.atr !== null && builder.atr > 0, new Date(bar.openTimeMs).toISOString());
  }
  const restored = new StateBuilder(features, 0, "1d", { atr: true });
  restored.restore(builder.snapshot());
  assert.equal(restored.atr, builder.atr);
});

Deno.test("StateBuilder.push() scales every value from its source's first one on", () => {
  for (const feature of EVERY_SOURCE) {
    const builder = new StateBuilder([feature]);
    const bars = sp500Bars().slice(0, builder.barsNeeded);
    const read = FEATURE_SOURCES.get(feature.source)?.start(feature.params) ?? (() => NaN);
    const scaler = startScaler(feature.norm);
    const values = bars.map((bar) => read(bar) ?? NaN).slice(-20);
    const expected = values.map((value) => scaler.push(value)).at(-1) ?? NaN;
    assert.deepEqual(statesOf(builder, bars).at(-1), Float32Array.of(expected), feature.source);
  }
});

Deno.test("StateBuilder.layout names every element in order, with its unit and range", () => {
  const builder = new StateBuilder([
    FeatureConfig.parse({ name: "a", source: "rsi", params: { period: 14 }, norm: { kind: "none" } }),
    FeatureConfig.parse({
      name: "b",
      source: "log_return",
      params: { bars: 1 },
      norm: { kind: "tanh", scale: 0.01 },
    }),
  ]);
  assert.deepEqual(builder.layout, [
    { name: "a", source: "rsi", unit: "points", range: [0, 100] },
    { name: "b", source: "log_return", unit: "log return", range: [-1, 1] },
  ]);
});

Deno.test("StateBuilder.push() gives neutral values for a price that never moves, and counts them", () => {
  const builder = new StateBuilder(EVERY_SOURCE.map((feature) => ({ ...feature, norm: { kind: "none" } })));
  const flat = Array.from({ length: 400 }, (_, index) => barAt(index, 0.1, 0));
  const states = statesOf(builder, flat);
  const expected = EVERY_SOURCE.map(({ source }) => FEATURE_SOURCES.get(source)?.neutral ?? NaN);
  const last = [...states.at(-1) ?? []];
  last.forEach((value, index) =>
    EVERY_SOURCE[index]?.source.match(/_(sin|cos)$/) ||
    assert.ok(Math.abs(value - (expected[index] ?? NaN)) < 1e-12, `${index}: ${value}`)
  );
  assert.ok(builder.replaced > 0);
});

Deno.test("StateBuilder.replaced stays 0 on real bars", async () => {
  const { features } = await loadModelConfig(CONFIG);
  const builder = new StateBuilder(features);
  statesOf(builder, sp500Bars());
  assert.equal(builder.replaced, 0);
});

Deno.test("StateBuilder.push() gives a number of 32 bits for what is larger than any of them", () => {
  const volume = FeatureConfig.parse({ name: "volume", source: "volume", norm: { kind: "none" } });
  const [state] = statesOf(new StateBuilder([volume]), [{ ...barAt(0, 10, 0), volume: 1e300 }]);
  assert.ok(Number.isFinite(state?.[0]), `${state?.[0]}`);
});

Deno.test("StateBuilder.push() stays finite and in range on any dirt, and recovers from it", () => {
  const price = fc.oneof(
    fc.constant(100),
    fc.double({ min: 1e-6, max: 9e7, noNaN: true }),
    fc.double({ min: 99, max: 101, noNaN: true }),
  );
  const volume = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e308, noNaN: true }));
  const stretch = fc.tuple(price, volume, fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 12 }), (stretches) => {
      const builder = new StateBuilder(EVERY_SOURCE);
      const dirt = stretches.flatMap(([close, size, count]) =>
        Array<[number, number]>(count).fill([close, size])
      );
      const bars = dirt.map(([close, size], index) => barAt(index, close, size));
      for (const state of statesOf(builder, bars)) assertSound(builder, state);
      const replaced = builder.replaced;
      const clean = sp500Bars().slice(0, 200).map((bar, index) => ({
        ...bar,
        openTimeMs: bars.length + index,
      }));
      for (const state of statesOf(builder, clean)) assertSound(builder, state);
      const grown = builder.replaced - replaced;
      // Windows are clean again after their own length; warming up is not counted.
      assert.ok(grown <= 40 * EVERY_SOURCE.length, `${grown} values replaced on clean bars`);
    }),
    { numRuns: 60, seed: 7 },
  );
});

Deno.test("StateBuilder.push() costs the same however long the history is", async () => {
  const { features } = await loadModelConfig(CONFIG);
  const builder = new StateBuilder(features);
  const bars = sp500Bars();
  const spent = Array.from({ length: 8 }, (_, round) => {
    const before = cpuUsage();
    for (const bar of bars) builder.push({ ...bar, openTimeMs: bar.openTimeMs + round * 1e12 });
    const { user, system } = cpuUsage(before);
    return user + system;
  });
  // The first rounds compile; busy neighbours cost caches, so the best of three stands for each end.
  const [early, late] = [Math.min(...spent.slice(2, 5)), Math.min(...spent.slice(5))];
  assert.ok(late < 2 * early, `${early} and ${late} µs for ${bars.length} bars`);
});

Deno.test("StateBuilder.push() refuses bars out of order and broken bars, and goes on unharmed", () => {
  const [first, second, third] = sp500Bars() as [Bar, Bar, Bar];
  const builder = new StateBuilder(EVERY_SOURCE);
  builder.push(second);
  assert.throws(() => builder.push(first), { name: "RangeError", message: /in order/ });
  assert.throws(() => builder.push(second), { name: "RangeError", message: /in order/ });
  for (
    const broken of [{ close: NaN }, { open: 0 }, { low: -1 }, { high: Infinity }, { volume: NaN }, {
      low: 1e6,
    }]
  ) {
    assert.throws(() => builder.push({ ...third, ...broken }), {
      name: "RangeError",
      message: /positive prices/,
    });
  }
  const untouched = new StateBuilder(EVERY_SOURCE);
  untouched.push(second);
  const rest = sp500Bars().slice(2, 300);
  assert.deepEqual(statesOf(builder, rest), statesOf(untouched, rest));
});

Deno.test("StateBuilder refuses an empty list and an unknown source", () => {
  assert.throws(() => new StateBuilder([]), { name: "RangeError", message: /at least 1 feature/ });
  const unknown = { name: "x", source: "aroon", params: {}, norm: { kind: "none" } } as const;
  assert.throws(() => new StateBuilder([unknown]), {
    name: "RangeError",
    message: /aroon is refused as indicatorts/,
  });
});

function barAt(index: number, price: number, volume: number): Bar {
  return Bar.parse({ openTimeMs: index, open: price, high: price, low: price, close: price, volume });
}

function assertSound(builder: StateBuilder, state: Float32Array | null): void {
  state?.forEach((value, index) => {
    const [low, high] = builder.layout[index]?.range ?? [NaN, NaN];
    assert.ok(value >= low && value <= high, `${builder.layout[index]?.name}: ${value}`);
  });
}

Deno.test("StateBuilder.atr is the library's average true range, once its start is forgotten", () => {
  const builder = new StateBuilder([FEATURE_OF_ONE_BAR], 0, "1d", { atr: true });
  const library = new ATR(14);
  const bars = sp500Bars().slice(0, 400);
  assert.equal(builder.barsNeeded, 250);
  bars.forEach((bar, index) => {
    const state = builder.push(bar);
    const expected = library.add(bar);
    assert.equal(state === null, index < 249);
    if (index < 249) assert.equal(builder.atr, null);
    else assert.ok(Math.abs(builder.atr! / expected! - 1) < 1e-12, `bar ${index}`);
  });
  assert.equal(new StateBuilder([FEATURE_OF_ONE_BAR]).atr, null);
});

Deno.test("StateBuilder.atr has no value where no price has ever moved", () => {
  const builder = new StateBuilder([FEATURE_OF_ONE_BAR], 0, "1d", { atr: true });
  const still = { open: 5, high: 5, low: 5, close: 5, volume: 1 };
  for (let day = 0; day < 300; day++) builder.push({ openTimeMs: day, ...still });
  assert.equal(builder.atr, null);
});
