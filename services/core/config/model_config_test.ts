import assert from "node:assert/strict";
import { ConfigError, parseYaml } from "./load_yaml.ts";
import { actionTargets, actionValues, loadModelConfig, ModelConfig } from "./model_config.ts";

const FILE = new URL("../../../docs/model_config.yaml", import.meta.url).pathname;
const TEXT = await Deno.readTextFile(FILE);

/** The faults after replacing parts of the shipped file. */
function faultsWith(...changes: [from: string, to: string][]): string {
  let text = TEXT;
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `the file holds no ${from}`);
    text = text.replace(from, to);
  }
  try {
    parseYaml("model_config.yaml", text, ModelConfig);
    return "";
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
}

Deno.test("docs/model_config.yaml is valid: long or flat, and nothing but defaults left out", async () => {
  const config = await loadModelConfig(FILE);
  assert.deepEqual(actionValues(config), ["flat", "long"]);
  assert.deepEqual(actionTargets(config), [0, 1]);
  assert.ok(Object.isFrozen(config.features[0]?.params));
});

Deno.test("ModelConfig needs no more than version, strategy, features and heads", () => {
  const config = ModelConfig.parse({
    schema_version: 1,
    strategy: "tiny",
    features: [{ name: "r", source: "log_return", params: { bars: 1 }, norm: { kind: "none" } }],
    heads: { action: { type: "branch_q", values: ["short", "flat", "long"] } },
  });
  assert.deepEqual(actionTargets(config), [-1, 0, 1]);
  assert.deepEqual([config.learner.gamma, config.data.timeframe, config.network.trunk], [0.95, "1d", [32]]);
});

Deno.test("ModelConfig fills a source's parameters in, so that equal features hash equally", () => {
  const parsed = ModelConfig.shape.features.parse([
    { name: "m", source: "macd_histogram", params: {}, norm: { kind: "none" } },
  ]);
  assert.deepEqual(parsed[0]?.params, { fast: 12, slow: 26, signal: 9, atr: 14 });
});

Deno.test("ModelConfig refuses indicators that are wrong or look ahead, with the reason", () => {
  const refusals = {
    aroon: /aroon is refused as indicatorts computes it wrongly.*aroon_oscillator is offered/,
    ichimoku: /ichimoku is refused as it looks ahead/,
    cmo: /cmo is refused as indicatorts gives NaN for ever/,
    obv: /obv is refused as its level depends on where the history starts/,
    astrology: /features\[12\]\.source must be one of log_return, .*month_cos: it is "astrology"/,
  };
  for (const [name, message] of Object.entries(refusals)) {
    assert.match(faultsWith(["source: rsi", `source: ${name}`]), message);
  }
});

Deno.test("ModelConfig checks a feature's parameters by its source, and its norm", () => {
  assert.match(faultsWith(["{bars: 20}", "{bars: 0}"]), /features\[2\]\.params\.bars must be >= 1: it is 0/);
  assert.match(faultsWith(["{bars: 20}", "{period: 20}"]), /features\[2\]\.params\.period must not be there/);
  assert.match(
    faultsWith(["fast: 12", "fast: 26"]),
    /features\[8\]\.params\.fast must be less than slow: it is 26/,
  );
  assert.match(
    faultsWith(["kind: rolling_z", "kind: batch"]),
    /norm\.kind must be rolling_z, running_z, min_max, rank, log_return, tanh or none: it is "batch"/,
  );
});

Deno.test("ModelConfig takes log_return as a norm only of what is never negative", () => {
  assert.match(
    faultsWith([
      "source: rsi, params: {period: 14}, norm: {kind: tanh, centre: 50, scale: 15}",
      "source: gap, norm: {kind: log_return}",
    ]),
    /norm\.kind must not be log_return, .* as gap may be: it is "log_return"/,
  );
});

Deno.test("ModelConfig checks a feature's own timeframe, and counts its warm-up in bars", () => {
  const weekly = (timeframe: string) => ["source: gap,", `source: gap, timeframe: ${timeframe},`] as const;
  assert.match(
    faultsWith([...weekly("1h")]),
    /features\[4\]\.timeframe must be a whole multiple of data\.timeframe, which is 1d: it is "1h"/,
  );
  // 250 weeks of gaps with one before, and the first week, which may be incomplete.
  assert.match(faultsWith([...weekly("1w")]), /warmup_bars must be >= 1764, which feature gap needs/);
});

Deno.test("ModelConfig refuses names that are used twice and a warm-up that is too short", () => {
  assert.match(
    faultsWith(["name: log_return_5", "name: log_return_1"]),
    /features\[1\]\.name must be unique/,
  );
  assert.match(
    faultsWith(["warmup_bars: 500", "warmup_bars: 498"]),
    /line 10: data\.warmup_bars must be >= 499, which feature atr_ratio_14 needs with its scaling: it is 498/,
  );
});

Deno.test("ModelConfig refuses heads without one proper action", () => {
  assert.match(faultsWith(["[flat, long]", "[long, short]"]), /heads\.action\.values must include flat/);
  assert.match(faultsWith(["[flat, long]", "[flat, flat]"]), /must not repeat a value/);
  assert.match(faultsWith(["[flat, long]", "[flat]"]), /heads\.action\.values must have >= 2 entries/);
  assert.match(
    faultsWith(["action: {", "decision: {"]),
    /exactly one head of type branch_q, called action \(found: decision\)/,
  );
  assert.match(faultsWith(["type: regression", "type: crystal_ball"]), /must be branch_q or regression/);
});

Deno.test("ModelConfig refuses a discount of 1 and a floor above the learning rate", () => {
  assert.match(faultsWith(["gamma: 0.95", "gamma: 1"]), /learner\.gamma must be < 1: it is 1/);
  assert.match(
    faultsWith(["floor: 0.00001", "floor: 0.1"]),
    /learner\.learning_rate_decay\.floor must be <= learning_rate: it is 0\.1/,
  );
  assert.match(
    faultsWith(["floor: 1}", "floor: 9}"]),
    /learner\.updates_per_bar_decay\.floor must be <= updates_per_bar: it is 9/,
  );
});

Deno.test("ModelConfig reports faults of all kinds at once", () => {
  const message = faultsWith(["source: rsi", "source: obv"], ["gamma: 0.95", "gamma: 2"], [
    "[flat, long]",
    "[flat]",
  ], [
    "name: log_return_5",
    "name: log_return_1",
  ]);
  assert.match(message, /it has 4 faults/);
});
