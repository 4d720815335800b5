import assert from "node:assert/strict";
import { parseYaml } from "../config/load_yaml.ts";
import { ModelConfig } from "../config/model_config.ts";
import { describeSchemaDifference, netSpec, schemaHash, schemaText } from "./schema_hash.ts";

const TEXT = await Deno.readTextFile(new URL("../../../docs/model_config.yaml", import.meta.url));
const configWith = (from = "", to = "") => {
  assert.ok(TEXT.includes(from), `the file holds no ${from}`);
  return parseYaml("model_config.yaml", TEXT.replace(from, to), ModelConfig);
};

Deno.test("schemaHash() is 16 hex digits and changes with whatever changes a model's meaning", () => {
  const hash = schemaHash(configWith());
  assert.match(hash, /^[0-9a-f]{16}$/);
  const changes = [
    ["{period: 14}", "{period: 13}"],
    ["window: 250", "window: 249"],
    ["name: rsi_14", "name: rsi"],
    ["trunk: [32]", "trunk: [32, 32]"],
    ["[flat, long]", "[long, flat]"],
    ["timeframe: 1d", "timeframe: 1h"],
  ] as const;
  const hashes = changes.map(([from, to]) => schemaHash(configWith(from, to)));
  assert.equal(new Set([hash, ...hashes]).size, changes.length + 1);
});

Deno.test("schemaHash() stays where only the learning, the name or the order of keys changes", () => {
  const hash = schemaHash(configWith());
  for (
    const [from, to] of [
      ["learning_rate: 0.0004", "learning_rate: 0.01"],
      ["loss_weight: 0.1", "loss_weight: 0.2"],
      ["strategy: sp500-daily", "strategy: other"],
      ["warmup_bars: 500", "warmup_bars: 900"],
      ["{kind: tanh, centre: 50, scale: 15}", "{scale: 15, centre: 50, kind: tanh}"],
      [", semantics: target_position", ""],
    ] as const
  ) assert.equal(schemaHash(configWith(from, to)), hash, from);
});

Deno.test("schemaHash() changes with the order of features", () => {
  const config = configWith();
  const turned = { ...config, features: [...config.features].reverse() };
  assert.notEqual(schemaHash(turned), schemaHash(config));
});

Deno.test("schemaText() names the versions of the indicator libraries", () => {
  const { libraries } = JSON.parse(schemaText(configWith()));
  assert.deepEqual(Object.keys(libraries), ["indicatorts", "trading-signals"]);
  for (const version of Object.values(libraries)) {
    assert.match(String(version), /^npm:[a-z-]+@\d+\.\d+\.\d+$/);
  }
});

Deno.test("netSpec() declares the inputs, the trunk and one head for each of the configuration's", () => {
  assert.deepEqual(netSpec(configWith()), {
    inputs: 30,
    trunk: [32],
    heads: [{ name: "action", kind: "value", size: 2 }, { name: "risk", kind: "regression", size: 1 }],
  });
});

Deno.test("describeSchemaDifference() names what differs", () => {
  const here = schemaText(configWith());
  assert.deepEqual(describeSchemaDifference(here, here), []);
  const there = schemaText(
    configWith("source: rsi, params: {period: 14}", "source: rsi, params: {period: 21}"),
  );
  assert.deepEqual(describeSchemaDifference(here, there), ["features[12].params.period: 14 here, 21 there"]);
  const short = schemaText(configWith("[flat, long]", "[flat, long, short]"));
  assert.deepEqual(describeSchemaDifference(here, short), [
    'heads[0].values[2]: nothing here, "short" there',
  ]);
});
