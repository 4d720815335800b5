/** The engine's configuration, made from ours: the engine knows sizes and numbers, no names of features. */
import { regressionHeads } from "../core/config/heads.ts";
import type { ModelConfig } from "../core/config/model_config.ts";
import type { LearnerConfig, NetSpec } from "../core/model/native_types.ts";
import type { StepLimits } from "./step_limits.ts";

/** What the learner's constructor takes, as JSON. */
export function learnerConfig(
  config: ModelConfig,
  net: NetSpec,
  schemaHash: string,
  seed: number,
  limits: Pick<StepLimits, "afterstates" | "points" | "candidates">,
): LearnerConfig {
  const { learner } = config;
  const weights = regressionHeads(config.heads).map(([name, { loss_weight }]) =>
    [name, loss_weight] as const
  );
  return {
    net,
    schema_hash: schemaHash,
    seed,
    value: learner.value,
    engine: learner.engine,
    device: learner.device,
    gamma: learner.gamma,
    double: learner.double,
    loss: learner.loss,
    learning_rate: learner.learning_rate,
    learning_rate_decay: learner.learning_rate_decay,
    batch_steps: learner.batch_steps,
    target: learner.target,
    grad_clip: learner.grad_clip,
    weight_prior: learner.weight_prior,
    relevance_limit: learner.relevance_limit,
    rollback_after: learner.rollback_after,
    replay: learner.replay,
    replay_capacity: learner.replay_capacity,
    max_afterstates: limits.afterstates,
    max_points: limits.points,
    max_candidates: limits.candidates,
    head_loss_weights: Object.fromEntries(weights),
  };
}

/** Option of every process that learns. */
export const cudaOption = {
  "cuda-libraries": {
    help: "Folder of LibTorch's CUDA libraries, where they are not beside the addon's own LibTorch.",
    value: "PATH",
  },
} as const;

/** Where a learner finds what it needs for a GPU, as its constructor takes it. */
export function cudaLibraries(folder: string | undefined): Pick<LearnerConfig, "cuda_libraries"> {
  return folder === undefined ? {} : { cuda_libraries: folder };
}
