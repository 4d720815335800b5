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
      ["learning_rate: 0.0006", "learning_rate: 0.01"],
      ["loss_weight: 0.1", "loss_weight: 0.2"],
      ["strategy: sp500-daily", "strategy: other"],
      ["warmup_bars: 500", "warmup_bars: 900"],
      ["{kind: tanh, centre: 50, scale: 15}", "{scale: 15, centre: 50, kind: tanh}"],
      [", semantics: target_position", ""],
    ] as const
  ) assert.equal(schemaHash(configWith(from, to)), hash, from);
});

Deno.test("schemaHash() of a stop that stays is that of models from before stops could trail", () => {
  const account = "account: [position, stop_distance]";
  const withStop = (kind: string) =>
    parseYaml(
      "model_config.yaml",
      TEXT.replace("account: [position]", account)
        .replace("\n  risk:", `\n  stop: {type: branch_q, values: [none, 2]${kind}}\n  risk:`),
      ModelConfig,
    );
  const stopOf = (kind: string) =>
    JSON.parse(schemaText(withStop(kind))).heads.find(({ name }: { name: string }) => name === "stop");
  assert.deepEqual(stopOf(""), {
    name: "stop",
    type: "branch_q",
    values: ["none", 2],
    unit: "atr",
    active_when: "entering",
  });
  assert.equal(schemaHash(withStop(", stop_kind: fixed")), schemaHash(withStop("")));
  assert.equal(stopOf(", stop_kind: trailing").stop_kind, "trailing");
  assert.notEqual(schemaHash(withStop(", stop_kind: trailing")), schemaHash(withStop("")));
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

/** The shipped file with heads that decide on sizes and stops, and more changes. */
function configWithHeads(...changes: [from: string, to: string][]): ModelConfig {
  const all: [string, string][] = [
    ["account: [position]", "account: [position, exposure, stop_distance]"],
    [
      "  risk: {",
      "  stop: {type: branch_q, values: [none, 2]}\n  size: {type: branch_q, values: [0.3, 1]}\n  risk: {",
    ],
    ...changes,
  ];
  return parseYaml(
    "model_config.yaml",
    all.reduce((text, [from, to]) => text.replace(from, to), TEXT),
    ModelConfig,
  );
}
const RISK = { name: "risk", kind: "regression", size: 1 };
const BRANCHING: [string, string][] = [
  ["  value: afterstate", "  value: branching"],
  ["counterfactual: true", "counterfactual: false"],
];

Deno.test("netSpec() of afterstates declares what the account tells, and no output for heads that are candidates", () => {
  assert.deepEqual(netSpec(configWithHeads()), {
    inputs: 30,
    trunk: [32],
    heads: [{ name: "action", kind: "value", size: 2 }, RISK],
    account: { scalars: 2, hidden: 16 },
  });
});

Deno.test("netSpec() of branching values declares a head each, in a fixed order, and the account among the inputs", () => {
  assert.deepEqual(netSpec(configWithHeads(...BRANCHING)), {
    inputs: 33,
    trunk: [32],
    heads: [
      { name: "action", kind: "value", size: 2 },
      { name: "size", kind: "value", size: 2 },
      { name: "stop", kind: "value", size: 2 },
      RISK,
    ],
  });
});

Deno.test("netSpec() declares dueling and quantiles of the heads that decide", () => {
  const config = configWith("  trunk: [32]", "  trunk: [32]\n  dueling: true\n  quantiles: 8\n");
  assert.deepEqual(netSpec(config).heads, [
    { name: "action", kind: "value", size: 2, dueling: true, quantiles: 8 },
    RISK,
  ]);
});

Deno.test("schemaHash() changes with what the network reads, decides and earns beside the market", () => {
  const changes: [string, string][][] = [
    [],
    [["[none, 2]", "[none, 3]"]],
    [["[0.3, 1]", "[0.4, 1]"]],
    [["stop_distance]", "stop_distance, unrealised_pnl]"]],
    [["  trunk: [32]", "  trunk: [32]\n  account_hidden: 8"]],
    [["  trunk: [32]", "  trunk: [32]\n  dueling: true"]],
    [["  trunk: [32]", "  trunk: [32]\n  quantiles: 8"]],
    [["base: log_equity", "base: log_equity\n  terms: [{kind: turnover, weight: 1}]"]],
    [["target: forward_volatility", "target: forward_return"]],
    BRANCHING,
  ];
  const hashes = changes.map((each) => schemaHash(configWithHeads(...each)));
  assert.equal(new Set([...hashes, schemaHash(configWith())]).size, changes.length + 1);
  const same: [string, string][] = [
    ["learner:", "learner:\n  virtual_trades: 9\n  device: cpu"],
    ["counterfactual: true", "counterfactual: false"],
    ["horizon: 64", "horizon: 32"],
  ];
  assert.equal(schemaHash(configWithHeads(...same)), hashes[0]);
});

Deno.test("schemaText() says nothing of what could not be configured before, where that is as it was", () => {
  const { network, reward, heads, account } = JSON.parse(schemaText(configWith()));
  assert.deepEqual(network, { trunk: [32] });
  assert.deepEqual(reward, { base: "log_equity", scale: "constant_sigma_per_symbol" });
  assert.deepEqual(heads.map(({ name }: { name: string }) => name), ["action", "risk"]);
  assert.deepEqual(account, ["position"]);
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
