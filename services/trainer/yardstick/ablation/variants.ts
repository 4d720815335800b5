/** What is compared: a plain DQN, single pieces on top of it, and all together. Pure.
 *
 * Each is the product's own learner by configuration. What the pieces have in common was chosen once, for the plain DQN. */
import type { ModelConfig } from "../../../core/config/model_config.ts";

type LearnerFields = ModelConfig["learner"];

export interface Variant {
  readonly name: string;
  /** Changes of the learner's configuration. */
  readonly learner?: Partial<LearnerFields>;
  readonly valueHead?: { readonly dueling?: boolean; readonly quantiles?: number };
  readonly isAfterstate?: boolean;
  readonly isCounterfactual?: boolean;
  /** Ticks whose rewards are added up; 1 if left out. */
  readonly steps?: number;
}

/** The network of all variants. */
export const TRUNK = [32] as const;

/** The learner of the plain DQN (Mnih et al. 2015, with Adam). */
export const PLAIN: Partial<LearnerFields> = {
  gamma: 0.95,
  double: false,
  loss: "huber",
  learning_rate: 1e-3,
  learning_rate_decay: { kind: "none" },
  batch_steps: 64,
  target: { kind: "periodic", every: 250 },
  grad_clip: 10,
  weight_prior: 0,
  replay: { kind: "uniform" },
  replay_capacity: 100_000,
  updates_per_bar: 1,
  updates_per_bar_decay: { kind: "none" },
};

/** Chance of a random decision: falls with the ticks, whose number it does not know. */
export const EXPLORATION = { halving: 200, floor: 0.05 } as const;

const PRIORITISED: LearnerFields["replay"] = {
  kind: "prioritised",
  alpha: 0.6,
  beta_start: 0.4,
  beta_updates: 6_000,
};
const DOUBLE = { double: true } as const;
const DUELING = { dueling: true } as const;
const QUANTILE = { quantiles: 32 } as const;
const STEPS = 3;

export const VARIANTS: readonly Variant[] = [
  { name: "plain DQN" },
  { name: "+ double", learner: DOUBLE },
  { name: "+ dueling", valueHead: DUELING },
  { name: `+ ${STEPS}-step`, steps: STEPS },
  { name: "+ prioritised replay", learner: { replay: PRIORITISED } },
  { name: "+ quantiles", valueHead: QUANTILE },
  { name: "+ squared loss", learner: { loss: "squared" } },
  { name: "+ counterfactual", isCounterfactual: true },
  { name: "+ afterstate", isAfterstate: true },
  {
    name: "double, dueling, 3-step, prioritised, quantiles",
    learner: { ...DOUBLE, replay: PRIORITISED },
    valueHead: { ...DUELING, ...QUANTILE },
    steps: STEPS,
  },
  {
    name: "squared, counterfactual, afterstate",
    learner: { loss: "squared" },
    isCounterfactual: true,
    isAfterstate: true,
  },
];

/** The product as configured, for comparison; it explores nothing. */
export const DEFAULT_NAME = "default configuration";
