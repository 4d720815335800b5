/** docs/model_config.yaml: what the network sees, decides and learns. The schema is the one place of its defaults. */
import { z } from "zod";
import { Timeframe, timeframeMs } from "../contracts/symbol.ts";
import { ATR_FEATURE } from "../features/average_range.ts";
import { featureBarsNeeded, FeatureConfig } from "../features/feature_config.ts";
import { MOST_CANDIDATES } from "../decisions/decision_space.ts";
import { AccountInputs } from "./account_inputs.ts";
import { ACTION_TARGETS, type ActionValue, branchHeads, Heads, needsAtr } from "./heads.ts";
import { LearnerConfig } from "./learner_config.ts";
import { type Frozen, loadYaml } from "./load_yaml.ts";
import { Reward } from "./reward.ts";

const Data = z.strictObject({
  timeframe: Timeframe.default("1d").meta({
    unit: "",
    description: "Length of a bar: a number and m, h, d or w.",
  }),
  decide_on: z.literal("bar_close").default("bar_close").meta({
    unit: "",
    description: "A decision sees bars up to the one that has just closed, and nothing later.",
  }),
  fill_on: z.literal("next_open").default("next_open").meta({
    unit: "",
    description: "Its order fills at the open of the next bar, the first price that can be had.",
  }),
  warmup_bars: z.int().min(1).max(100_000).default(500).meta({
    unit: "bars",
    description: "Bars before the first state; at least what the slowest feature with its scaling needs.",
  }),
});

const Network = z.strictObject({
  trunk: z.array(z.int().min(1).max(4096)).min(1).max(8).default([32]).meta({
    unit: "units",
    description: "Widths of the hidden layers. On noisy markets small nets learn more and churn less.",
    source: "measured on markets with a known optimum",
  }),
  dueling: z.boolean().default(false).meta({
    unit: "",
    description: "A deciding head gives a common value and an advantage of each choice.",
    source: "Wang et al. 2016",
  }),
  quantiles: z.int().min(1).max(200).default(1).meta({
    unit: "",
    description:
      "More than 1: a deciding head gives that many quantiles of what is earned; the mean decides. No gain in score was " +
      "measured, at twice the cost.",
    source: "Dabney et al. 2018",
  }),
  account_hidden: z.int().min(1).max(256).default(16).meta({
    unit: "units",
    description:
      "Hidden units of the part that reads the account; none where account lists the position alone.",
  }),
});

const Confidence = z.strictObject({
  horizon: z.int().min(1).max(1_000).default(64).meta({
    unit: "bars",
    description:
      "Bars over which a choice and its runner-up are followed at most, to see which one was better.",
  }),
});

/** A rule over several fields runs unless one of them is broken by itself. */
function unlessBroken(...fields: string[]) {
  return {
    when: (payload: z.core.ParsePayload) =>
      !payload.issues.some(({ code, path }) =>
        path === undefined || path.length === 0 ? code === "invalid_type" : fields.includes(String(path[0]))
      ),
  };
}

function fits(feature: FeatureConfig, timeframe: Timeframe): boolean {
  return feature.timeframe === undefined ||
    Number.isInteger(timeframeMs(feature.timeframe) / timeframeMs(timeframe));
}

const Features = z.array(FeatureConfig).min(1).max(128).superRefine((features, context) => {
  const names = features.map((feature) => (feature as Partial<FeatureConfig> | undefined)?.name);
  names.forEach((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return;
    context.addIssue({ code: "custom", path: [index, "name"], message: "must be unique" });
  });
}, { when: (payload) => Array.isArray(payload.value) });

export const ModelConfig = z.strictObject({
  schema_version: z.literal(1).meta({ unit: "", description: "Version of this file's format." }),
  strategy: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$/, {
    error: "must be 1 to 40 letters, digits, blanks or . _ - and start with a letter or digit",
  }).meta({ unit: "", description: "Its name on the page." }),
  data: Data.prefault({}).meta({ unit: "", description: "Which bars are decided on, and when." }),
  features: Features.meta({
    unit: "",
    description: "What the network sees of the market, in this order. A change makes another network.",
  }),
  account: AccountInputs,
  network: Network.prefault({}).meta({ unit: "", description: "The layers that all heads share." }),
  heads: Heads.meta({ unit: "", description: "What is decided and predicted, by name." }),
  reward: Reward.prefault({}).meta({ unit: "", description: "What a decision earns." }),
  learner: LearnerConfig.prefault({}).meta({ unit: "", description: "How the network learns." }),
  confidence: Confidence.prefault({}).meta({
    unit: "",
    description: "How the probability that a choice is right is found.",
  }),
}).superRefine(({ data, features, heads }, context) => {
  const unfit = features.findIndex((feature) => !fits(feature, data.timeframe));
  if (unfit >= 0) {
    context.addIssue({
      code: "custom",
      path: ["features", unfit, "timeframe"],
      message: `must be a whole multiple of data.timeframe, which is ${data.timeframe}`,
    });
    return;
  }
  const barsOf = (feature: FeatureConfig) => featureBarsNeeded(feature, data.timeframe);
  const followed = needsAtr(heads) ? [...features, ATR_FEATURE] : features;
  const slowest = followed.reduce((a, b) => barsOf(b) > barsOf(a) ? b : a);
  if (data.warmup_bars < barsOf(slowest)) {
    context.addIssue({
      code: "custom",
      path: ["data", "warmup_bars"],
      message: `must be >= ${barsOf(slowest)}, which feature ${slowest.name} needs with its scaling`,
    });
  }
}, unlessBroken("data", "features", "heads")).superRefine(({ account, heads }, context) => {
  const needed = [["size", "exposure"], ["stop", "stop_distance"], ["take", "take_distance"]] as const;
  for (const [head, input] of needed) {
    if (heads[head] === undefined || account.includes(input)) continue;
    const message = `must list ${input}, as head ${head} makes the value depend on it`;
    context.addIssue({ code: "custom", path: ["account"], message });
  }
}, unlessBroken("account", "heads")).superRefine(({ account, reward }, context) => {
  reward.terms.forEach((term, index) => {
    if (term.kind !== "drawdown" || account.includes("unrealised_pnl")) return;
    const message = "must come with unrealised_pnl in account, as the value depends on it";
    context.addIssue({ code: "custom", path: ["reward", "terms", index], message });
  });
}, unlessBroken("account", "reward")).superRefine(({ heads }, context) => {
  const { actions, sizes, stops, takes } = branchHeads(heads);
  const sizeCount = sizes?.length ?? 1;
  const fresh = 1 + (actions.length - 1) * sizeCount * (stops?.length ?? 1) * (takes?.length ?? 1);
  const decisions = fresh + 2 * sizeCount;
  if (decisions <= MOST_CANDIDATES) return;
  context.addIssue({
    code: "custom",
    path: ["heads"],
    message:
      `must give at most ${MOST_CANDIDATES} decisions with two positions to keep or resize: they give ${decisions}`,
  });
}, unlessBroken("heads"));
export type ModelConfig = Frozen<z.output<typeof ModelConfig>>;

/** Reads docs/model_config.yaml or another file of its kind. @throws {ConfigError} With every fault. */
export function loadModelConfig(file: string): Promise<ModelConfig> {
  return loadYaml(file, ModelConfig);
}

/** The choices of the action head, in the order of its outputs. */
export function actionValues(config: ModelConfig): readonly ActionValue[] {
  return config.heads.action.values;
}

/** The target position of each choice, in the order of the outputs. */
export function actionTargets(config: ModelConfig): readonly number[] {
  return actionValues(config).map((value) => ACTION_TARGETS[value]);
}
