/** How the network learns. Names and meanings of the optimiser's fields are those of the learner crate. */
import { z } from "zod";

const Target = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("periodic").meta({
      unit: "",
      description: "A copy of the network every so many updates.",
    }),
    every: z.int().min(1).max(1_000_000).meta({
      unit: "updates",
      description: "Updates between two copies.",
    }),
  }),
  z.strictObject({
    kind: z.literal("soft").meta({ unit: "", description: "A step towards the network after each update." }),
    tau: z.number().gt(0).max(1).meta({ unit: "", description: "Share of the way of one step." }),
  }),
], { error: "must be periodic or soft" });

/** How a number falls with a count, or that it stays. No schedule knows how long a run lasts. */
function decayOf<F extends z.ZodNumber>(words: {
  readonly stays: string;
  readonly formula: string;
  /** What is counted. */
  readonly unit: "updates" | "steps";
  readonly halving: string;
  readonly floor: F;
}) {
  return z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none").meta({ unit: "", description: words.stays }) }),
    z.strictObject({
      kind: z.literal("harmonic").meta({ unit: "", description: words.formula }),
      halving: z.number().gt(0).max(1e9).meta({ unit: words.unit, description: words.halving }),
      floor: words.floor,
    }),
  ], { error: "must be none or harmonic" });
}

const Decay = decayOf({
  stays: "The learning rate stays.",
  formula: "max(floor, learning_rate / (1 + updates / halving)): no schedule knows the run's length.",
  unit: "updates",
  halving: "Updates that halve the rate.",
  floor: z.number().gt(0).max(1).meta({
    unit: "",
    description: "The rate never falls below; at most learning_rate.",
  }),
});

const EpsilonDecay = decayOf({
  stays: "The share stays.",
  formula: "max(floor, epsilon / (1 + steps / halving)).",
  unit: "steps",
  halving: "Steps that halve the share.",
  floor: z.number().min(0).max(1).meta({
    unit: "",
    description: "The share never falls below; at most epsilon.",
  }),
});

const PaceDecay = decayOf({
  stays: "The updates stay.",
  formula: "max(floor, updates_per_bar / (1 + steps / halving)), rounded.",
  unit: "steps",
  halving: "Steps that halve the updates.",
  floor: z.int().min(0).max(10_000).meta({
    unit: "updates",
    description: "The updates never fall below; at most updates_per_bar.",
  }),
});

const Sampling = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform").meta({ unit: "", description: "Every step alike." }) }),
  z.strictObject({
    kind: z.literal("prioritised").meta({
      unit: "",
      description: "In proportion to a power of the step's last error; losses are weighted against the bias.",
    }),
    alpha: z.number().min(0).max(1).default(0.6).meta({
      unit: "",
      description: "Power of the error; 0 draws every step alike.",
    }),
    beta_start: z.number().min(0).max(1).default(0.4).meta({
      unit: "",
      description: "Power of the importance weights at the start.",
    }),
    beta_updates: z.int().min(1).max(1_000_000_000).default(100_000).meta({
      unit: "updates",
      description: "Updates until that power is 1, which corrects the losses in full; it rises evenly.",
    }),
  }),
], { error: "must be uniform or prioritised" });

export const LearnerConfig = z.strictObject({
  value: z.enum(["afterstate", "branching"]).default("afterstate").meta({
    unit: "",
    description:
      "What is learned. afterstate: the value of the account after a decision, whose cost is known exactly and subtracted. " +
      "branching: the value of each choice of each deciding head, from the market and the account before the decision.",
    source: "Sutton & Barto 2018, section 6.8; Tavakoli et al. 2018",
  }),
  counterfactual: z.boolean().default(true).meta({
    unit: "",
    description:
      "Learn from every choice of every bar, and from virtual trades that were never made: the market does not react to " +
      "orders of our size. Nothing is explored then, so nothing is paid for learning. false: from what was done alone.",
  }),
  virtual_trades: z.int().min(1).max(64).default(4).meta({
    unit: "trades a step",
    description:
      "Trades opened up to 64 bars earlier and replayed on the real bars, so that every age, profit and stop is learned " +
      "from; fewer where many decisions leave no room, none where account lists no more than the position and the cooldown.",
  }),
  engine: z.enum(["auto", "tch", "fused"]).default("auto").meta({
    unit: "",
    description:
      "What computes the updates: plain Rust (fused), LibTorch (tch, the reference), or the fastest. All draw the same " +
      "batches and compute the same formulas; the last bits differ.",
  }),
  device: z.enum(["auto", "cpu", "cuda"]).default("auto").meta({
    unit: "",
    description: "Where LibTorch computes; auto takes a GPU if there is one that it can use.",
  }),
  gamma: z.number().min(0).lt(1).default(0.95).meta({
    unit: "",
    description: "Discount a bar: 0.95 looks about 20 bars ahead.",
  }),
  n_step: z.int().min(1).max(64).default(1).meta({
    unit: "bars",
    description: "Bars of rewards in a target before the value of the next state; 1 with counterfactual.",
    source: "Sutton & Barto 2018, section 7.1",
  }),
  epsilon: z.number().min(0).max(1).default(0).meta({
    unit: "share of the decisions",
    description: "How often a live decision is drawn at random, to explore; 0 with counterfactual.",
  }),
  epsilon_decay: EpsilonDecay.default({ kind: "none" }).meta({
    unit: "",
    description: "How that share falls with the number of steps learned from.",
  }),
  double: z.boolean().default(true).meta({
    unit: "",
    description:
      "Choose the next decision by the network and value it by the target network, against optimism.",
    source: "van Hasselt et al. 2016",
  }),
  loss: z.enum(["squared", "huber"]).default("squared").meta({
    unit: "",
    description: "Squared keeps the mean of noisy rewards; Huber shifts the decisions' thresholds for good.",
    source: "measured on markets with a known optimum; Huber 1964",
  }),
  learning_rate: z.number().gt(0).max(1).default(0.0006).meta({
    unit: "",
    description: "Adam's step size. High rates churn where there is nothing to learn.",
    source: "Kingma & Ba 2015",
  }),
  learning_rate_decay: Decay.default({ kind: "harmonic", halving: 3_000, floor: 1e-5 }).meta({
    unit: "",
    description: "How the learning rate falls with the number of updates.",
  }),
  batch_steps: z.int().min(1).max(65_536).default(512).meta({
    unit: "steps",
    description: "Steps in one update; each teaches the value of every choice.",
  }),
  target: Target.default({ kind: "periodic", every: 50 }).meta({
    unit: "",
    description: "How the target network, which values the next state, follows.",
    source: "Mnih et al. 2015; soft: Lillicrap et al. 2016",
  }),
  grad_clip: z.number().gt(0).max(1e6).default(10).meta({
    unit: "",
    description:
      "Largest norm of the gradient; a longer one is scaled down, so that one bar cannot wreck the weights.",
  }),
  weight_prior: z.number().min(0).max(1e6).default(5).meta({
    unit: "",
    description:
      "Strength of a Gaussian prior: weights are pulled to 0 by this over the number of steps held. It keeps a network " +
      "that has seen little from trading on noise, and fades as data come in.",
    source: "ridge regression: Hoerl & Kennard 1970",
  }),
  relevance_limit: z.number().min(1).max(1e6).default(1_000).meta({
    unit: "times",
    description:
      "How many times as strongly at most the prior pulls the weights of a feature, the more the smaller they are against " +
      "those of the feature with the greatest ones: features that tell nothing are let go. 1 pulls all alike.",
    source: "automatic relevance determination: MacKay 1994; measured on markets with a known optimum",
  }),
  rollback_after: z.int().min(1).max(1_000_000).default(10).meta({
    unit: "updates",
    description:
      "Updates in a row whose loss or gradient is not finite, after which the learner goes back to its last good weights. " +
      "A single one is skipped.",
  }),
  replay: Sampling.default({ kind: "uniform" }).meta({
    unit: "",
    description: "How batches are drawn from the replay. Noisy rewards have large errors that teach nothing.",
    source: "Schaul et al. 2016",
  }),
  replay_capacity: z.int().min(1_000).max(10_000_000).default(100_000).meta({
    unit: "steps",
    description: "Steps to learn from; the oldest are overwritten.",
  }),
  seed: z.int().min(0).max(4_294_967_295).default(1).meta({
    unit: "",
    description: "Start of the weights and of the draws: equal seeds and data give equal models.",
  }),
  bootstrap_updates: z.int().min(1).max(10_000_000).default(3_000).meta({
    unit: "updates",
    description: "Updates on history before the first model.",
  }),
  updates_per_bar: z.int().min(0).max(10_000).default(8).meta({
    unit: "updates",
    description: "Updates for each live step; 0 stops learning after the first model.",
  }),
  updates_per_bar_decay: PaceDecay.default({ kind: "harmonic", halving: 200, floor: 2 }).meta({
    unit: "",
    description: "How the updates for each live step fall as steps add up, those of history included.",
  }),
  publish_every_bars: z.int().min(1).max(1_000_000).default(63).meta({
    unit: "bars",
    description: "Live bars between two candidates for the gate.",
  }),
}).refine(
  ({ learning_rate_decay: decay, learning_rate: rate }) => decay.kind === "none" || decay.floor <= rate,
  { path: ["learning_rate_decay", "floor"], error: "must be <= learning_rate" },
).refine(
  ({ updates_per_bar_decay: decay, updates_per_bar: most }) => decay.kind === "none" || decay.floor <= most,
  { path: ["updates_per_bar_decay", "floor"], error: "must be <= updates_per_bar" },
).refine(
  ({ epsilon_decay: decay, epsilon }) => decay.kind === "none" || decay.floor <= epsilon,
  { path: ["epsilon_decay", "floor"], error: "must be <= epsilon" },
).superRefine((learner, context) => {
  if (!learner.counterfactual) return;
  const refuse = (field: string, rule: string) =>
    context.addIssue({ code: "custom", path: [field], message: `must be ${rule}` });
  if (learner.value === "branching") {
    refuse("counterfactual", "false with value: branching, which learns from what was done");
  }
  if (learner.n_step > 1) {
    refuse("n_step", "1 with counterfactual: true, as what follows a choice that was not made is not known");
  }
  if (learner.epsilon > 0) {
    refuse("epsilon", "0 with counterfactual: true, which learns from every choice and need not explore");
  }
});
export type LearnerConfig = z.infer<typeof LearnerConfig>;
