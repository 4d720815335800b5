import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadModelConfig } from "../core/config/model_config.ts";
import { netSpec } from "../core/model/schema_hash.ts";
import { learnerConfig } from "./learner_config.ts";

const delivered = () =>
  loadModelConfig(fileURLToPath(new URL("../../docs/model_config.yaml", import.meta.url)));

Deno.test("learnerConfig() hands over the network, the learner's settings and the weights of the losses", async () => {
  const config = await delivered();
  const made = learnerConfig(config, netSpec(config), "cafe", 7);
  assert.deepEqual(made.net, netSpec(config));
  assert.deepEqual([made.schema_hash, made.seed], ["cafe", 7]);
  assert.equal(made.gamma, config.learner.gamma);
  assert.deepEqual(made.target, config.learner.target);
  assert.deepEqual(made.head_loss_weights, { risk: 0.1 });
});

Deno.test("learnerConfig() makes room for every action as afterstate and as candidate", async () => {
  const config = await delivered();
  const heads = {
    action: { type: "branch_q", values: ["flat", "long", "short"], semantics: "target_position" },
  } as const;
  const three = { ...config, heads };
  const { max_afterstates, max_candidates, head_loss_weights } = learnerConfig(
    three,
    netSpec(three),
    "cafe",
    7,
  );
  assert.deepEqual([max_afterstates, max_candidates], [3, 3]);
  assert.deepEqual(head_loss_weights, {});
});
