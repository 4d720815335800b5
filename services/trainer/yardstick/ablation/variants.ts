/** What is compared: a plain DQN, single pieces on top of it, and all together. Pure.
 *
 * Each is the product's own learner by configuration. What the pieces have in common was chosen once, for the plain DQN. */
import type { ModelConfig } from "../../../core/config/model_config.ts";

export interface Variant {
  readonly name: string;
  /** What is configured otherwise than for the plain DQN. With `counterfactual` branching values learn from every decision from every
   * position, too. */
  readonly network?: Partial<ModelConfig["network"]>;
  readonly learner?: Partial<ModelConfig["learner"]>;
}

/** A DQN (Mnih et al. 2015) with Adam, whose target is copied often enough for short runs. */
export const PLAIN: Required<Omit<Variant, "name">> = {
  network: { trunk: [32], dueling: false, quantiles: 1 },
  learner: {
    value: "branching",
    counterfactual: false,
    gamma: 0.95,
    n_step: 1,
    epsilon: 1,
    epsilon_decay: { kind: "harmonic", halving: 200, floor: 0.05 },
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
  },
};

const DOUBLE = { double: true } as const;
const STEPS = { n_step: 3 } as const;
const PRIORITISED = {
  replay: { kind: "prioritised", alpha: 0.6, beta_start: 0.4, beta_updates: 6_000 },
} as const;
const DUELING = { dueling: true } as const;
const QUANTILES = { quantiles: 32 } as const;
const SQUARED = { loss: "squared" } as const;
const COUNTERFACTUAL = { counterfactual: true } as const;
const AFTERSTATE = { value: "afterstate" } as const;
const GREEDY = { epsilon: 0, epsilon_decay: { kind: "none" } } as const;

export const VARIANTS: readonly Variant[] = [
  { name: "plain DQN" },
  { name: "+ double", learner: DOUBLE },
  { name: "+ dueling", network: DUELING },
  { name: "+ 3-step", learner: STEPS },
  { name: "+ prioritised replay", learner: PRIORITISED },
  { name: "+ quantiles", network: QUANTILES },
  {
    name: "all five: double, dueling, 3-step, prioritised, quantiles",
    network: { ...DUELING, ...QUANTILES },
    learner: { ...DOUBLE, ...STEPS, ...PRIORITISED },
  },
  { name: "+ squared loss", learner: SQUARED },
  { name: "+ counterfactual", learner: COUNTERFACTUAL },
  { name: "+ afterstate", learner: AFTERSTATE },
  {
    name: "all three: squared loss, counterfactual, afterstate",
    learner: { ...SQUARED, ...COUNTERFACTUAL, ...AFTERSTATE },
  },
  {
    name: "the same, exploring nothing",
    learner: { ...SQUARED, ...COUNTERFACTUAL, ...AFTERSTATE, ...GREEDY },
  },
];

/** The configuration that trades, for comparison. */
export const DEFAULT_NAME = "default configuration";
