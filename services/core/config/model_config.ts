/** docs/model_config.yaml: what the network sees, decides and learns. The schema is the one place of its defaults. */
import { z } from "zod";
import { Timeframe, timeframeMs } from "../contracts/symbol.ts";
import { featureBarsNeeded, FeatureConfig } from "../features/feature_config.ts";
import { ACTION_TARGETS, type ActionHead, type ActionValue, Heads } from "./heads.ts";
import { LearnerConfig } from "./learner_config.ts";
import { type Frozen, loadYaml } from "./load_yaml.ts";

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
});

const Reward = z.strictObject({
  base: z.literal("log_equity").default("log_equity").meta({
    unit: "",
    description: "Log return of the lane's equity from fill to fill, so that rewards add up to its growth.",
  }),
  scale: z.literal("constant_sigma_per_symbol").default("constant_sigma_per_symbol").meta({
    unit: "",
    description:
      "Divided by the standard deviation of the symbol's returns over its history, stored with the model. It " +
      "never moves, as a moving one would break the values that were learned.",
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
  account: z.array(z.enum(["position"])).length(1).default(["position"]).meta({
    unit: "",
    description: "What the value depends on besides the market: the position after the decision.",
  }),
  network: Network.prefault({}).meta({ unit: "", description: "The layers that all heads share." }),
  heads: Heads.meta({ unit: "", description: "What is decided and predicted, by name." }),
  reward: Reward.prefault({}).meta({ unit: "", description: "What a decision earns." }),
  learner: LearnerConfig.prefault({}).meta({ unit: "", description: "How the network learns." }),
}).superRefine(({ data, features }, context) => {
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
  const slowest = features.reduce((a, b) => barsOf(b) > barsOf(a) ? b : a);
  if (data.warmup_bars < barsOf(slowest)) {
    context.addIssue({
      code: "custom",
      path: ["data", "warmup_bars"],
      message: `must be >= ${barsOf(slowest)}, which feature ${slowest.name} needs with its scaling`,
    });
  }
}, unlessBroken("data", "features"));
export type ModelConfig = Frozen<z.output<typeof ModelConfig>>;

/** Reads docs/model_config.yaml or another file of its kind. @throws {ConfigError} With every fault. */
export function loadModelConfig(file: string): Promise<ModelConfig> {
  return loadYaml(file, ModelConfig);
}

/** The choices of the action head, in the order of its outputs. */
export function actionValues(config: ModelConfig): readonly ActionValue[] {
  return (config.heads.action as Frozen<ActionHead>).values;
}

/** The target position of each choice, in the order of the outputs. */
export function actionTargets(config: ModelConfig): readonly number[] {
  return actionValues(config).map((value) => ACTION_TARGETS[value]);
}
