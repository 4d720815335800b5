import assert from "node:assert/strict";
import { loadModelConfig } from "../../config/model_config.ts";
import type { Bar } from "../../contracts/bar.ts";
import { featureBarsNeeded, FeatureConfig } from "../feature_config.ts";
import { FEATURE_SOURCES } from "../indicators.ts";
import { sp500Bars } from "../testdata/sp500.ts";
import { checkGolden, type Compute, featureOf, SP500_GOLDEN } from "./golden_check.ts";
import { scaledByAll, shiftedByOne } from "./planted_leaks_testing.ts";
import { checkPrefix } from "./prefix_check.ts";
import { productRaw, productStates } from "./under_proof.ts";
import { checkWarmUp } from "./warmup_check.ts";

const CONFIG = new URL("../../../../docs/model_config.yaml", import.meta.url).pathname;
const GOLDENS = SP500_GOLDEN.cases;
const NORMS = [
  { kind: "rolling_z", window: 30 },
  { kind: "running_z", half_life: 5 },
  { kind: "min_max", window: 30 },
  { kind: "rank", window: 30 },
  { kind: "tanh", scale: 0.1 },
  { kind: "none" },
];
const OF_POSITIVE = [{ kind: "log_return", bars: 3 }];
const PARAMS: Readonly<Record<string, unknown>> = { log_return: { bars: 5 } };
/** Features of every source under every scaling, on days and on weeks. */
const EVERY_FEATURE = [...FEATURE_SOURCES].flatMap(([source, { range, params }]) =>
  [...NORMS, ...(range[0] >= 0 ? OF_POSITIVE : [])].flatMap((norm) =>
    [undefined, "1w"].map((timeframe) =>
      FeatureConfig.parse({
        name: `${source}_${norm.kind}${timeframe === undefined ? "" : "_weekly"}`,
        source,
        params: PARAMS[source] ?? ("period" in params.shape ? { period: 6 } : {}),
        norm,
        timeframe,
      })
    )
  )
);

Deno.test("every feature that can be configured gives the same bits on a truncated history", () => {
  assert.ok(EVERY_FEATURE.length > 300);
  // One builder for each timeframe and norm, as one slow feature keeps all states of its builder back.
  const groups = Map.groupBy(EVERY_FEATURE, ({ norm, timeframe }) => `${norm.kind} ${timeframe}`);
  for (const features of groups.values()) {
    const needed = Math.max(...features.map((feature) => featureBarsNeeded(feature, "1d")));
    const result = checkPrefix(
      productStates(features, 0, "1d"),
      sp500Bars().slice(0, needed + 400),
      needed,
    );
    assert.deepEqual(result.leaks, []);
    assert.ok(result.states > 1000);
  }
});

Deno.test("the default features have no leak, and warm up within warmup_bars", async () => {
  const { features, data } = await loadModelConfig(CONFIG);
  assert.ok(features.length >= 24);
  const prefix = checkPrefix(
    productStates(features, data.warmup_bars, "1d"),
    sp500Bars().slice(0, 2500),
    data.warmup_bars,
  );
  assert.deepEqual(prefix.leaks, []);
  const one = features.map((feature) => productStates([feature], 0, "1d"));
  const { starts, features: measured } = checkWarmUp(one, sp500Bars(), data.warmup_bars);
  assert.equal(starts.length, 5);
  for (const { feature, bars } of measured) {
    assert.ok(bars !== null && bars <= data.warmup_bars, `${feature} takes ${bars} bars`);
  }
});

Deno.test("every source is warm when it says so, under every scaling", () => {
  for (const feature of EVERY_FEATURE) {
    if (feature.timeframe !== undefined) continue;
    const needed = featureBarsNeeded(feature, "1d");
    const [measured] =
      checkWarmUp([productStates([feature], 0, "1d")], sp500Bars().slice(0, 1500), needed).features;
    assert.ok(
      measured !== undefined && measured.bars !== null && measured.bars <= needed,
      `${feature.name}: ${measured?.bars} bars, ${needed} promised`,
    );
  }
});

Deno.test("every source has golden values from TA-Lib or numpy, and equals them", () => {
  const sources = new Set(GOLDENS.map((each) => each.source));
  assert.deepEqual([...FEATURE_SOURCES.keys()].filter((name) => !sources.has(name)), []);
  const { mismatches, values, similar } = checkGolden(GOLDENS.map(featureOf), sp500Bars());
  assert.deepEqual(mismatches, []);
  assert.deepEqual(similar, []);
  assert.ok(values > 700);
});

Deno.test("every scaling has golden values", () => {
  const kinds = GOLDENS.map((each) => featureOf(each).norm.kind);
  const wanted: FeatureConfig["norm"]["kind"][] = [
    "rolling_z",
    "running_z",
    "min_max",
    "rank",
    "log_return",
    "tanh",
    "none",
  ];
  assert.deepEqual(wanted.filter((kind) => !kinds.includes(kind)), []);
});

const feature = FeatureConfig.parse({
  name: "f",
  source: "sma_distance",
  params: { period: 50 },
  norm: { kind: "rolling_z", window: 250 },
});
const honest = productStates([feature], 0, "1d");
const PLANTED = { "a shift by one bar": shiftedByOne, "a normaliser over the whole history": scaledByAll };

for (const [name, plant] of Object.entries(PLANTED)) {
  Deno.test(`checkPrefix() finds ${name}`, () => {
    const bars = sp500Bars().slice(0, 1200);
    assert.deepEqual(checkPrefix(honest, bars, 300).leaks, []);
    const [leak] = checkPrefix(plant(honest), bars, 300).leaks;
    assert.equal(leak?.feature, "f");
  });

  Deno.test(`checkWarmUp() finds ${name}`, () => {
    const bars: readonly Bar[] = sp500Bars().slice(0, 1500);
    assert.equal(checkWarmUp([honest], bars, 300).features[0]?.bars, 299);
    assert.equal(checkWarmUp([plant(honest)], bars, 300).features[0]?.bars, null);
  });

  Deno.test(`checkGolden() finds ${name}`, () => {
    const leaking: Compute = (each, what) =>
      plant(what === "raw" ? productRaw(each, "1d") : productStates([each], 0, "1d"));
    assert.deepEqual(checkGolden([feature], sp500Bars()).mismatches, []);
    assert.ok(checkGolden([feature], sp500Bars(), leaking).mismatches.length > 0);
  });
}

Deno.test("checkPrefix() finds a value of a longer timeframe that comes one bar early, though it shows at borders alone", () => {
  const bars = Array.from({ length: 2_000 }, (_, hour): Bar => {
    const close = 100 + 10 * Math.sin(hour / 9) + hour % 7;
    return { openTimeMs: hour * 3_600_000, open: close, high: close, low: close, close, volume: 1 };
  });
  const daily = FeatureConfig.parse({
    name: "daily",
    source: "log_return",
    params: { bars: 1 },
    timeframe: "1d",
    norm: { kind: "none" },
  });
  const states = productStates([daily], 0, "1h");
  assert.deepEqual(checkPrefix(states, bars, 100).leaks, []);
  const [leak] = checkPrefix(shiftedByOne(states), bars, 100).leaks;
  assert.deepEqual([leak?.feature, leak?.barsBeforeEnd], ["daily", 0]);
  assert.equal(new Date(leak!.openTimeMs).getUTCHours(), 22);
});

Deno.test("checkPrefix() names the state that saw the future", () => {
  const bars = sp500Bars().slice(0, 1200);
  const [leak] = checkPrefix(shiftedByOne(honest), bars, 300).leaks;
  assert.equal(leak?.openTimeMs, bars[299]?.openTimeMs);
  assert.equal(leak?.barsBeforeEnd, 0);
});

Deno.test("checkWarmUp() tells a warm-up that is too short, and a history that is", () => {
  const slow = FeatureConfig.parse({
    name: "slow",
    source: "ema_distance",
    params: { period: 50 },
    norm: { kind: "none" },
  });
  const own = productStates([slow], 0, "1d");
  const impatient = {
    names: own.names,
    // Takes the average as warm after its period.
    statesOf: (bars: readonly Bar[]) => productRawFromStart(slow, bars),
  };
  const bars = sp500Bars().slice(0, 2000);
  const measured = checkWarmUp([impatient], bars, 300).features[0]?.bars ?? 0;
  assert.ok(measured > 200, `${measured}`);
  assert.deepEqual(checkWarmUp([own], bars.slice(0, 500), 300).starts, []);
});

function productRawFromStart(slow: FeatureConfig, bars: readonly Bar[]) {
  const read = FEATURE_SOURCES.get(slow.source)!.start(slow.params);
  return bars.map((bar) => [read(bar) ?? NaN]);
}
