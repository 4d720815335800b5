/** The engine's configuration, made from ours: the engine knows sizes and numbers, no names of features. */
import type { ModelConfig } from "../core/config/model_config.ts";
import type { LearnerConfig, NetSpec } from "../core/model/native_types.ts";

/** What the learner's constructor takes, as JSON. */
export function learnerConfig(
  config: ModelConfig,
  net: NetSpec,
  schemaHash: string,
  seed: number,
): LearnerConfig {
  const { learner } = config;
  const actions = net.heads.find((head) => head.kind === "value")?.size ?? 0;
  const weights = Object.entries(config.heads)
    .flatMap(([name, head]) => head.type === "regression" ? [[name, head.loss_weight] as const] : []);
  return {
    net,
    schema_hash: schemaHash,
    seed,
    engine: learner.engine,
    gamma: learner.gamma,
    double: learner.double,
    loss: learner.loss,
    learning_rate: learner.learning_rate,
    learning_rate_decay: learner.learning_rate_decay,
    batch_steps: learner.batch_steps,
    target: learner.target,
    grad_clip: learner.grad_clip,
    weight_prior: learner.weight_prior,
    rollback_after: learner.rollback_after,
    replay: learner.replay,
    replay_capacity: learner.replay_capacity,
    max_afterstates: actions,
    max_candidates: actions,
    head_loss_weights: Object.fromEntries(weights),
  };
}
