import assert from "node:assert/strict";
import { Instruments } from "../config/instruments_config.ts";
import { loadModelConfig } from "../config/model_config.ts";
import type { ModelPassport } from "../contracts/model.ts";
import { FeatureConfig } from "../features/feature_config.ts";
import { schemaHash, schemaText } from "../model/schema_hash.ts";
import { fakeModelBytes, type FakeNetwork, openFakeNetwork } from "../testing/fake_network.ts";
import { netOpener } from "./net_opener.ts";

const DELIVERED = await loadModelConfig("docs/model_config.yaml");
const DAILY = FeatureConfig.parse({ name: "gap", source: "gap", timeframe: "1d", norm: { kind: "none" } });
const HOURLY = { ...DELIVERED, data: { ...DELIVERED.data, timeframe: "1h" }, features: [DAILY] };
const NEW_YORK = Instruments.parse([{ symbols: "EUR*", timezone: "America/New_York" }]);

function open(passport: Partial<ModelPassport>, instruments = NEW_YORK, config = HOURLY): FakeNetwork[] {
  const opened: FakeNetwork[] = [];
  const fromBytes = (blob: Uint8Array, hash?: string) => {
    opened.push(openFakeNetwork(blob, hash));
    return opened[0]!;
  };
  const metadata = { passport: JSON.stringify({ rewardSigma: { EURUSD: 0.01, SPX: 0.01 }, ...passport }) };
  const blob = fakeModelBytes({ schemaHash: schemaHash(config), weights: [[1]], metadata });
  try {
    netOpener({ QNet: { fromBytes } }, config, instruments)(blob);
  } catch (cause) {
    assert.deepEqual(opened.map(({ isClosed }) => isClosed), [true], "what is refused is closed");
    throw cause;
  }
  return opened;
}

Deno.test("netOpener() opens a model that has learned on the days that features are made on", () => {
  assert.equal(open({ days: { EURUSD: "America/New_York" } }).length, 1);
  assert.equal(open({}, []).length, 1, "days of UTC, as in models from before there were others");
});

Deno.test("netOpener() refuses a model of other days, and says of which", () => {
  assert.throws(() => open({}), {
    name: "RangeError",
    message:
      "Cannot use this model as the days of EURUSD must be those that it has learned on, UTC: they are " +
      "America/New_York (instruments in misc.yaml)",
  });
  assert.throws(
    () => open({ days: { EURUSD: "America/New_York" } }, []),
    /learned on, America\/New_York: they are UTC/,
  );
});

Deno.test("netOpener() refuses hours of UTC where the instrument has a clock of its own, on longer timeframes too", () => {
  const hour = FeatureConfig.parse({ name: "hour", source: "hour_sin", norm: { kind: "none" } });
  const reading = { ...HOURLY, features: [hour] };
  const both = { ...HOURLY, features: [DAILY, hour] };
  assert.throws(
    () => open({}, NEW_YORK, reading),
    /learned on, UTC: they are America\/New_York by the clock/,
  );
  assert.throws(
    () => open({ days: { EURUSD: "America/New_York" } }, NEW_YORK, both),
    /learned on, America\/New_York: they are America\/New_York by the clock/,
  );
  assert.equal(open({ days: { EURUSD: "America/New_York by the clock" } }, NEW_YORK, both).length, 1);
  assert.equal(open({}, [], reading).length, 1);
});

Deno.test("netOpener() asks for no days where no feature stands on a longer timeframe", () => {
  const features = [{ ...DAILY, timeframe: undefined }];
  assert.equal(open({}, NEW_YORK, { ...HOURLY, features }).length, 1);
});

Deno.test("netOpener() tells in what a model of another network differs, and passes on what else the engine says", () => {
  const notes = { schema: schemaText(HOURLY), schema_hash: schemaHash(HOURLY) };
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: notes }));
  const blob = new Uint8Array([
    ...new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer),
    ...header,
  ]);
  const fromBytes = () => {
    throw new Error("the engine refuses it");
  };
  const opener = (config: typeof HOURLY) => netOpener({ QNet: { fromBytes } }, config, []);
  const daily = { ...HOURLY, data: { ...HOURLY.data, timeframe: "1d" } };
  assert.throws(() => opener(daily)(blob), {
    name: "RangeError",
    message: /\n {2}data\.timeframe: "1d" here, "1h" in the model\n.*--warm-start/,
  });
  assert.throws(() => opener(HOURLY)(blob), { name: "Error", message: "the engine refuses it" });
});
