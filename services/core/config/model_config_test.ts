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
  const renamed = faultsWith(["action: {", "decision: {"]);
  assert.match(renamed, /heads\.action must be of type object: it is missing/);
  assert.match(
    renamed,
    /heads\.decision\.type must be regression: heads that decide are called action, size, stop and take/,
  );
  assert.match(
    faultsWith(["type: regression", "type: crystal_ball"]),
    /heads\.risk\.type must be regression/,
  );
  assert.match(faultsWith(["risk: {", "2nd: {"]), /heads\.2nd must be called by 1 to 40 small letters/);
  assert.match(
    faultsWith(["risk: {", "action_quantiles: {"]),
    /action_quantiles must not end with _quantiles/,
  );
});

Deno.test("ModelConfig refuses a discount of 1 and a floor above the learning rate", () => {
  assert.match(faultsWith(["gamma: 0.95", "gamma: 1"]), /learner\.gamma must be < 1: it is 1/);
  assert.match(
    faultsWith(["floor: 0.00001", "floor: 0.1"]),
    /learner\.learning_rate_decay\.floor must be <= learning_rate: it is 0\.1/,
  );
  assert.match(
    faultsWith(["floor: 2}", "floor: 9}"]),
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

/** The shipped file with heads that decide on sizes and exits. */
const HEADS: [string, string][] = [
  ["account: [position]", "account: [position, exposure, stop_distance, take_distance]"],
  [
    "  risk: {type",
    "  size: {type: branch_q, values: [0.2, 0.6, 1.0]}\n" +
    "  stop: {type: branch_q, values: [none, 2, 5]}\n" +
    "  take: {type: branch_q, values: [none, 3, 7]}\n  risk: {type",
  ],
];

Deno.test("ModelConfig takes heads that decide on sizes and exits, none among the distances", () => {
  assert.equal(faultsWith(...HEADS), "");
  assert.match(
    faultsWith(...HEADS, ["[0.2, 0.6, 1.0]", "[0, 1.5]"]),
    /size\.values\[0\] must be > 0: it is 0/,
  );
  assert.match(
    faultsWith(...HEADS, ["[none, 2, 5]", "[nothing, 2]"]),
    /stop\.values\[0\] must be none or a number > 0/,
  );
  assert.match(faultsWith(...HEADS, ["[none, 3, 7]", "[3, 3]"]), /take\.values must not repeat a value/);
});

Deno.test("ModelConfig names the account input that each head, and each reward, needs", () => {
  const message = faultsWith(HEADS[1]);
  assert.match(message, /account must list exposure, as head size makes the value depend on it/);
  assert.match(message, /account must list stop_distance, as head stop/);
  assert.match(message, /account must list take_distance, as head take/);
  const terms = [
    "base: log_equity",
    "base: log_equity\n  terms: [{kind: drawdown, weight: 1, of: trade}]",
  ] as const;
  assert.match(faultsWith([...terms]), /reward\.terms\[0\] must come with unrealised_pnl in account/);
  assert.equal(faultsWith([...terms], ["account: [position]", "account: [position, unrealised_pnl]"]), "");
});

Deno.test("ModelConfig refuses account inputs that nothing could be learned from, with the reason", () => {
  assert.match(
    faultsWith(["account: [position]", "account: [position, equity]"]),
    /account\[1\] must be one of position, exposure, .*; equity has no sampler to learn from: the executor vetoes on it: it is "equity"/,
  );
  assert.match(
    faultsWith(["account: [position]", "account: [exposure]"]),
    /account must begin with position/,
  );
  assert.match(
    faultsWith(["account: [position]", "account: [position, position]"]),
    /account must not repeat a name/,
  );
});

Deno.test("ModelConfig refuses a reward that depends on what the account does not tell", () => {
  const term = (text: string) => faultsWith(["base: log_equity", `base: log_equity\n  terms: [${text}]`]);
  assert.match(
    term("{kind: drawdown, weight: 1}"),
    /terms\[0\]\.of must be trade: the lane's peak is not among/,
  );
  assert.match(term("{kind: drawdown, weight: 1, of: lane}"), /no value could depend on it: it is "lane"/);
  assert.match(
    term("{kind: sortino, weight: 1}"),
    /must be turnover, differential_sharpe or drawdown: it is "sortino"/,
  );
  assert.match(term("{kind: turnover, weight: -1}"), /terms\[0\]\.weight must be > 0: it is -1/);
  assert.equal(term("{kind: turnover, weight: 0.1}, {kind: differential_sharpe, weight: 0.5}"), "");
});

Deno.test("ModelConfig lets nothing be explored or stacked up where every choice is learned from", () => {
  const learner = (text: string) => faultsWith(["  counterfactual: true", `  counterfactual: ${text}`]);
  assert.match(
    learner("true\n  n_step: 3"),
    /learner\.n_step must be 1 with counterfactual: true.*: it is 3/,
  );
  assert.match(
    learner("true\n  epsilon: 0.1"),
    /learner\.epsilon must be 0 with counterfactual: true.*: it is 0\.1/,
  );
  assert.match(
    faultsWith(["value: afterstate", "value: branching"]),
    /learner\.counterfactual must be false with value: branching/,
  );
  const decay = "epsilon_decay: {kind: harmonic, halving: 500, floor: 0.05}";
  assert.equal(learner(`false\n  n_step: 3\n  epsilon: 0.1\n  ${decay}`), "");
  assert.match(
    learner(`false\n  epsilon: 0.01\n  ${decay}`),
    /epsilon_decay\.floor must be <= epsilon: it is 0\.05/,
  );
});

Deno.test("ModelConfig refuses more decisions than a batch holds", () => {
  const sizes = Array.from({ length: 16 }, (_, index) => (index + 1) / 16).join(", ");
  const many = (actions: string) =>
    faultsWith(...HEADS, ["[0.2, 0.6, 1.0]", `[${sizes}]`], ["[flat, long]", actions]);
  // 1 + 2 × 16 × 3 × 3 fresh ones, two keeps and all but the nearest size of each.
  assert.match(many("[flat, long, short]"), /heads must give at most 256 decisions .*: they give 321/);
  assert.equal(many("[flat, long]"), "");
});

Deno.test("ModelConfig waits for the average true range where exits are placed by it", () => {
  const short = TEXT.slice(0, TEXT.indexOf("features:")) +
    "features: [{name: r, source: log_return, params: {bars: 1}, norm: {kind: none}}]\n" +
    TEXT.slice(TEXT.indexOf("\naccount:"));
  const faults = (text: string) => {
    try {
      parseYaml("model_config.yaml", text, ModelConfig);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const stop = short.replace("account: [position]", "account: [position, stop_distance]")
    .replace("  risk: {type", "  stop: {type: branch_q, values: [none, 2]}\n  risk: {type");
  assert.equal(faults(short.replace("warmup_bars: 500", "warmup_bars: 10")), "");
  assert.match(
    faults(stop.replace("warmup_bars: 500", "warmup_bars: 10")),
    /data\.warmup_bars must be >= 250, which feature atr needs with its scaling/,
  );
});

Deno.test("ModelConfig tells all of a bad file's faults in one message, each by its rule", () => {
  const message = faultsWith(
    ["[flat, long]", "[long, sideways]"],
    ["base: log_equity", "base: log_equity\n  terms: [{kind: happiness, weight: 1}]"],
    ["gamma: 0.95", "gamma: 1.5"],
    ["source: rsi", "source: astrology"],
  );
  assert.match(message, /it has 4 faults/);
  assert.match(message, /heads\.action\.values\[1\] must be one of flat, long, short: it is "sideways"/);
  assert.match(
    message,
    /reward\.terms\[0\]\.kind must be turnover, differential_sharpe or drawdown: it is "happiness"/,
  );
  assert.match(message, /learner\.gamma must be < 1: it is 1\.5/);
  assert.match(message, /features\[12\]\.source must be one of .*: it is "astrology"/);
});
