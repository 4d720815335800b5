import assert from "node:assert/strict";
import { FREE } from "../account/account_testing.ts";
import { parseYaml } from "../config/load_yaml.ts";
import { ModelConfig } from "../config/model_config.ts";
import { FLAT_HELD } from "./decisions_testing.ts";
import { decisionSpaceOf } from "./space_of.ts";

const TEXT = await Deno.readTextFile(new URL("../../../docs/model_config.yaml", import.meta.url));
const configWith = (...changes: [from: string, to: string][]) =>
  parseYaml(
    "model_config.yaml",
    changes.reduce((text, [from, to]) => text.replace(from, to), TEXT),
    ModelConfig,
  );

Deno.test("decisionSpaceOf() of the shipped files is flat or long, and nothing else", () => {
  const space = decisionSpaceOf(configWith(), FREE);
  assert.deepEqual(space.fresh.map(({ label }) => label), ["flat", "long"]);
  assert.deepEqual([space.scalarNames, space.needsAtr], [[], false]);
});

Deno.test("decisionSpaceOf() takes heads, scalars, cooldowns and the penalty on turnover from the files", () => {
  const config = configWith(
    ["account: [position]", "account: [position, stop_distance, cooldown_left]"],
    ["  risk: {", "  stop: {type: branch_q, values: [none, 2]}\n  risk: {"],
    [
      "base: log_equity",
      "base: log_equity\n  terms: [{kind: turnover, weight: 0.2}, {kind: turnover, weight: 0.3}]",
    ],
  );
  const rules = { ...FREE, cooldownBars: 1, stopCooldownBars: 4 };
  const space = decisionSpaceOf(config, rules);
  assert.deepEqual(space.fresh.map(({ label }) => label), ["flat", "long, no stop", "long, stop 2"]);
  assert.deepEqual([space.scalarNames, space.needsAtr], [["stop_distance", "cooldown_left"], true]);
  assert.deepEqual([...space.flatPoint(1).scalars], [0, 0.25]);
  assert.deepEqual(space.costs(FLAT_HELD, space.fresh, rules, { close: 100, volume: 1, atr: null }, 1), [
    0,
    0.5,
    0.5,
  ]);
});

Deno.test("decisionSpaceOf() refuses a cooldown that the account's inputs do not show", () => {
  for (const cooldown of [{ cooldownBars: 3 }, { stopCooldownBars: 3 }]) {
    assert.throws(() => decisionSpaceOf(configWith(), { ...FREE, ...cooldown }), {
      name: "ConfigError",
      message:
        /Cannot use model_config\.yaml with misc\.yaml .*account must list cooldown_left .* it is 3 bars/s,
    });
  }
});

Deno.test("decisionSpaceOf() refuses a size that may not be borrowed, and takes one that may", () => {
  const config = configWith(
    ["account: [position]", "account: [position, exposure]"],
    ["  risk: {", "  size: {type: branch_q, values: [1, 2]}\n  risk: {"],
  );
  assert.throws(() => decisionSpaceOf(config, FREE), {
    name: "ConfigError",
    message: /heads\.size\.values must be at most margin\.max_leverage in misc\.yaml, 1: one is 2/,
  });
  const { fresh } = decisionSpaceOf(config, { ...FREE, maxLeverage: 2 });
  assert.deepEqual(fresh.map(({ exposure }) => exposure), [0, 1, 2]);
});

Deno.test("decisionSpaceOf() lets stops trail where the configuration says so, and no candidate without one", () => {
  const config = configWith(
    ["account: [position]", "account: [position, stop_distance]"],
    ["  risk: {", "  stop: {type: branch_q, values: [none, 2], stop_kind: trailing}\n  risk: {"],
  );
  const { fresh } = decisionSpaceOf(config, FREE);
  assert.deepEqual(fresh.map(({ label, isTrailing }) => [label, isTrailing]), [
    ["flat", false],
    ["long, no stop", false],
    ["long, stop 2", true],
  ]);
});
