import assert from "node:assert/strict";
import { nextCommand } from "./next_command.ts";

const DEFAULTS = {
  feed: "sp500",
  seed: "1",
  config: "docs/model_config.yaml",
  misc: "docs/misc.yaml",
  "model-archive": ".rltrader/models",
};

Deno.test("nextCommand() names what the model's bars and network need, and nothing that goes without saying", () => {
  assert.equal(nextCommand("m-1", DEFAULTS), "deno task dev --model m-1");
  assert.equal(
    nextCommand("m-1", { ...DEFAULTS, seed: "7" }),
    "deno task dev --model m-1",
    "of the weights alone",
  );
  assert.equal(
    nextCommand("m-1", { ...DEFAULTS, feed: "csv:my data/*.csv", columns: "close=Last", config: "m2.yaml" }),
    "deno task dev --model m-1 --feed 'csv:my data/*.csv' --columns close=Last --config m2.yaml",
  );
  assert.equal(
    nextCommand("m-1", { ...DEFAULTS, feed: "synthetic:A", symbols: "3", seed: "7" }),
    "deno task dev --model m-1 --feed synthetic:A --symbols 3 --seed 7",
  );
});

Deno.test("nextCommand() tests a model of another folder, where dev does not look", () => {
  assert.equal(
    nextCommand("m-1", { ...DEFAULTS, "model-archive": "it's here" }),
    "deno task backtest --model m-1 --model-archive 'it'\\''s here'",
  );
});
