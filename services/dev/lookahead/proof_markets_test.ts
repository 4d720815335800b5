/** The proofs on real hourly bars and on made-up ones with every kind of dirt; those on the S&P 500 are in
 * `core/features/proofs`. Each is seen to fail on a planted leak. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { DIRT_RULES } from "../../core/config/dirt_config.ts";
import type { Bar } from "../../core/contracts/bar.ts";
import { featureBarsNeeded, FeatureConfig } from "../../core/features/feature_config.ts";
import { FEATURE_SOURCES } from "../../core/features/indicators.ts";
import {
  checkGolden,
  featureOf,
  type GoldenMarket,
  goldenMarket,
} from "../../core/features/proofs/golden_check.ts";
import dirtyGolden from "../../core/features/proofs/golden_dirty.json" with { type: "json" };
import eurusdGolden from "../../core/features/proofs/golden_eurusd.json" with { type: "json" };
import { scaledByAll, shiftedByOne } from "../../core/features/proofs/planted_leaks_testing.ts";
import { checkPrefix } from "../../core/features/proofs/prefix_check.ts";
import { productRaw, productStates } from "../../core/features/proofs/under_proof.ts";
import { checkWarmUp } from "../../core/features/proofs/warmup_check.ts";
import { barsOf, dirtyFeed, eurusdFeed } from "./proof_markets_testing.ts";

const CONFIG = fileURLToPath(new URL("../../../docs/model_config.yaml", import.meta.url));
const TIMEFRAME = "1h";
const PLANTED = { "a shift by one bar": shiftedByOne, "a normaliser over the whole history": scaledByAll };
/** Seen on days as well. */
const DAILY = FeatureConfig.parse({
  name: "daily",
  source: "sma_distance",
  params: { period: 5 },
  timeframe: "1d",
  norm: { kind: "rolling_z", window: 20 },
});

Deno.test("the proofs hold on EURUSD by the hour, and fail on planted leaks", async (t) => {
  const feed = await eurusdFeed();
  if ("unreachable" in feed) {
    const name = `skipped, as gym-anytrading could not be obtained: ${feed.unreachable}`;
    await t.step({ name, ignore: true, fn() {} });
    return;
  }
  assert.equal(feed.bars(feed.symbols[0]).length, 6_225);
  await proveOn(t, barsOf(feed), goldenMarket(eurusdGolden, TIMEFRAME));
});

Deno.test("the proofs hold on a market with every kind of dirt, and fail on planted leaks", async (t) => {
  const feed = await dirtyFeed();
  assert.equal(feed.timeframe, TIMEFRAME);
  assert.deepEqual(DIRT_RULES.filter((rule) => !feed.dirt.counts.has(rule)), ["late"]);
  await proveOn(t, barsOf(feed), goldenMarket(dirtyGolden, TIMEFRAME));
});

async function proveOn(t: Deno.TestContext, bars: readonly Bar[], golden: GoldenMarket): Promise<void> {
  const { features: configured, data } = await loadModelConfig(CONFIG);
  const features = [...configured as readonly FeatureConfig[], DAILY];
  const warmupBars = Math.max(data.warmup_bars, featureBarsNeeded(DAILY, TIMEFRAME));
  const all = productStates(features, warmupBars, TIMEFRAME);
  const each = features.map((feature) => productStates([feature], 0, TIMEFRAME));
  const golds = golden.cases.map(featureOf);

  await t.step("prefix: a cut history gives the same bits", () => {
    const { leaks, states } = checkPrefix(all, bars, warmupBars);
    assert.deepEqual(leaks, []);
    assert.ok(states > 5_000);
  });
  await t.step("warm-up: a later start agrees within warmup_bars", () => {
    const { starts, features: measured } = checkWarmUp(each, bars, warmupBars);
    assert.ok(starts.length > 0);
    for (const { feature, bars: count } of measured) {
      assert.ok(count !== null && count <= warmupBars, `${feature} takes ${count} bars`);
    }
  });
  await t.step("golden: every source and norm equals TA-Lib and numpy", () => {
    const { mismatches, values } = checkGolden(golds, bars, undefined, golden);
    assert.deepEqual(mismatches, []);
    assert.ok(values >= 6 * FEATURE_SOURCES.size);
    const sources = new Set(golden.cases.map(({ source }) => source));
    assert.deepEqual([...FEATURE_SOURCES.keys()].filter((source) => !sources.has(source)), []);
  });

  const [one] = each;
  for (const [name, plant] of Object.entries(PLANTED)) {
    await t.step(`every proof finds ${name}`, () => {
      // Some values, as the month's, are the same at the next bar: most of all must be found.
      assert.ok(checkPrefix(plant(all), bars, warmupBars).leaks.length > features.length / 2);
      assert.equal(checkWarmUp([plant(one)], bars, warmupBars).features[0].bars, null);
      const leaking = checkGolden(
        golds,
        bars,
        (feature, what) =>
          plant(what === "raw" ? productRaw(feature, TIMEFRAME) : productStates([feature], 0, TIMEFRAME)),
        golden,
      );
      assert.ok(leaking.mismatches.length > 0);
    });
  }
}
