import assert from "node:assert/strict";
import { MiscConfig } from "../config/misc.ts";
import { Instruments } from "../config/instruments_config.ts";
import { loadModelConfig } from "../config/model_config.ts";
import type { Bar } from "../contracts/bar.ts";
import { SessionDays } from "../market/session_days.ts";
import { checkPrefix } from "./proofs/prefix_check.ts";
import { productStates } from "./proofs/under_proof.ts";
import { featureBarsNeeded, FeatureConfig } from "./feature_config.ts";
import { FEATURE_SOURCES } from "./indicators.ts";
import { StateBuilder } from "./state_builder.ts";
import { daysMeaning, featureDays, rememberedDays, stateBuilders } from "./state_builders.ts";

const HOUR_MS = 3_600_000;
const DELIVERED = await loadModelConfig("docs/model_config.yaml");
const CHANGE = FeatureConfig.parse({
  name: "change",
  source: "log_return",
  params: { bars: 1 },
  timeframe: "1d",
  norm: { kind: "none" },
});
const HOURS = ["hour_sin", "hour_cos", "weekday_sin", "weekday_cos"].map((source) =>
  FeatureConfig.parse({ name: source, source, norm: { kind: "none" } })
);
const HOURLY = {
  ...DELIVERED,
  data: { ...DELIVERED.data, timeframe: "1h", warmup_bars: 72 },
  features: [CHANGE],
};
const INSTRUMENTS = Instruments.parse([
  { symbols: "EUR*", timezone: "America/New_York", session_start: "17:00" },
  { symbols: "DAX", timezone: "Europe/Berlin" },
]);
const MISC = { ...MiscConfig.parse({}), instruments: INSTRUMENTS };

/** Hours from a week before New York puts its clock forward. */
function hours(count: number): Bar[] {
  return Array.from({ length: count }, (_, hour) => {
    const price = 100 + Math.sin(hour / 7) + hour / 50;
    const openTimeMs = Date.UTC(2024, 2, 3) + hour * HOUR_MS;
    return { openTimeMs, open: price, high: price, low: price, close: price, volume: 1 };
  });
}

Deno.test("stateBuilders() let a symbol's daily feature change when its own day ends, through a change of the clock", () => {
  const bars = hours(24 * 14);
  const changes = (symbol: string) => {
    const builder = stateBuilders(HOURLY, MISC)(symbol);
    let last: number | undefined;
    return bars.flatMap((bar) => {
      const value = builder.push(bar)?.[0];
      const isNew = value !== last && last !== undefined;
      last = value;
      return isNew ? [new Date(bar.openTimeMs + HOUR_MS).toISOString().slice(5, 13)] : [];
    });
  };
  assert.deepEqual(changes("EURUSD").slice(0, 5), [
    "03-06T22",
    "03-07T22",
    "03-08T22",
    "03-09T22",
    "03-10T21",
  ]);
  assert.deepEqual(changes("DAX").slice(0, 2), ["03-06T23", "03-07T23"]);
  assert.deepEqual(changes("SPX").slice(0, 2), ["03-07T00", "03-08T00"]);
});

Deno.test("stateBuilders() restore a snapshot of the same days alone", () => {
  const make = stateBuilders(HOURLY, MISC);
  const [whole, before] = [make("EURUSD"), make("EURUSD")];
  const bars = hours(24 * 12);
  const states = bars.map((bar) => whole.push(bar));
  for (const cut of [24 * 7 + 9, 24 * 8 + 3]) { // on both sides of the lost hour
    const after = make("EURUSD");
    const kept = make("EURUSD");
    for (const bar of bars.slice(0, cut)) kept.push(bar);
    after.restore(kept.snapshot());
    assert.deepEqual(bars.slice(cut).map((bar) => after.push(bar)), states.slice(cut));
  }
  assert.throws(
    () => make("DAX").restore(before.snapshot()),
    /snapshot must be of .*Europe\/Berlin.*New_York 17:00/,
  );
});

Deno.test("no source sees the future on days of another zone, through both changes of the clock", () => {
  const features = [...FEATURE_SOURCES].flatMap(([source, { params }]) =>
    [undefined, "4h", "1d"].map((timeframe) =>
      FeatureConfig.parse({
        name: `${source}_${timeframe ?? "own"}`,
        source,
        params: "bars" in params.shape ? { bars: 2 } : "period" in params.shape ? { period: 3 } : {},
        norm: { kind: "none" },
        timeframe,
      })
    )
  ).filter((feature) => featureBarsNeeded(feature, "1h") < 24 * 20);
  assert.ok(features.length > 75);
  const march = hours(24 * 50);
  const november = march.map((bar) => ({ ...bar, openTimeMs: bar.openTimeMs + 238 * 24 * HOUR_MS }));
  for (const bars of [march, november]) {
    for (const days of [new SessionDays("America/New_York", "17:00"), new SessionDays("Asia/Kolkata")]) {
      const { leaks, states } = checkPrefix(productStates(features, 0, "1h", days), bars, 24 * 20);
      assert.deepEqual(leaks, []);
      assert.ok(states > 100);
    }
  }
});

Deno.test("stateBuilders() give an instrument of UTC, or none, the same bits as one that has no days", () => {
  const config = { ...HOURLY, features: HOURS };
  const utc = { ...MISC, instruments: Instruments.parse([{ symbols: "SPX", timezone: "UTC" }]) };
  const builders = [
    stateBuilders(config, utc)("SPX"),
    stateBuilders(config, MISC)("SPX"),
    new StateBuilder(HOURS, config.data.warmup_bars, "1h"),
  ];
  const [one, ...others] = builders.map((builder) => hours(24 * 14).map((bar) => builder.push(bar)));
  for (const other of others) assert.deepEqual(other, one);
  const inNewYork = stateBuilders(config, MISC)("EURUSD");
  assert.notDeepEqual(hours(24 * 14).map((bar) => inNewYork.push(bar)), one);
});

Deno.test("daysMeaning() tells a model that has learned hours of these days from one that has learned days alone", () => {
  const meaning = (features: typeof HOURS, symbol = "EURUSD") =>
    daysMeaning({ ...HOURLY, features }, INSTRUMENTS, symbol);
  assert.equal(meaning([CHANGE]), "America/New_York 17:00");
  assert.equal(meaning(HOURS), "America/New_York 17:00 by the clock");
  assert.equal(meaning([CHANGE, ...HOURS]), "America/New_York 17:00 by the clock");
  assert.equal(meaning(HOURS, "SPX"), "UTC");
  assert.equal(daysMeaning({ ...DELIVERED, features: HOURS }, INSTRUMENTS, "EURUSD"), "UTC", "on daily bars");
});

Deno.test("featureDays() are those of UTC for features that stand on no longer timeframe, and for bars of days", () => {
  const onBars = { ...HOURLY, features: [{ ...CHANGE, timeframe: undefined }] };
  assert.equal(featureDays(onBars, INSTRUMENTS, "EURUSD").name, "UTC");
  assert.equal(featureDays(DELIVERED, INSTRUMENTS, "EURUSD").name, "UTC");
  assert.deepEqual(rememberedDays(HOURLY, INSTRUMENTS, ["EURUSD", "SPX", "DAX"]), {
    EURUSD: "America/New_York 17:00",
    DAX: "Europe/Berlin",
  });
});
