import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadModelConfig } from "../core/config/model_config.ts";
import { netSpec } from "../core/model/schema_hash.ts";
import { learnerConfig } from "./learner_config.ts";

const delivered = () =>
  loadModelConfig(fileURLToPath(new URL("../../docs/model_config.yaml", import.meta.url)));

const LIMITS = { afterstates: 7, points: 19, candidates: 5 };

Deno.test("learnerConfig() hands over the network, the learner's settings and the weights of the losses", async () => {
  const config = await delivered();
  const made = learnerConfig(config, netSpec(config), "cafe", 7, LIMITS);
  assert.deepEqual(made.net, netSpec(config));
  assert.deepEqual([made.schema_hash, made.seed], ["cafe", 7]);
  assert.equal(made.gamma, config.learner.gamma);
  assert.deepEqual(made.target, config.learner.target);
  assert.deepEqual(made.head_loss_weights, { risk: 0.1 });
  assert.deepEqual([made.value, made.device], ["afterstate", "auto"]);
});

Deno.test("learnerConfig() makes room for steps of the given size", async () => {
  const config = await delivered();
  const made = learnerConfig(config, netSpec(config), "cafe", 7, LIMITS);
  assert.deepEqual([made.max_afterstates, made.max_points, made.max_candidates], [7, 19, 5]);
});
