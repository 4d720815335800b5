/** What a decision earns. */
import { z } from "zod";

const weight = (unit: string) =>
  z.number().gt(0).max(1_000).meta({ unit, description: "How much it counts beside the base." });

const Term = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("turnover").meta({
      unit: "",
      description:
        "Takes weight for each unit of equity traded, beside the real costs, so that it trades less.",
    }),
    weight: weight("sigmas for each unit of equity"),
  }),
  z.strictObject({
    kind: z.literal("differential_sharpe").meta({
      unit: "",
      description:
        "Adds what a bar's return r (in sigmas) does to the Sharpe ratio, with its moments held constant: (1 + s²)(r − s) − " +
        "s(r² − 1 − s²)/2 for a ratio s. It punishes large moves. Moving moments would be a state that the network does not " +
        "see.",
      source: "Moody & Saffell 2001, eq. 14",
    }),
    weight: weight(""),
    sharpe: z.number().gt(0).max(1).default(0.05).meta({
      unit: "a bar",
      description: "s: mean over standard deviation of a bar's return; 0.05 on daily bars is 0.8 a year.",
    }),
  }),
  z.strictObject({
    kind: z.literal("drawdown").meta({
      unit: "",
      description: "Takes weight for each sigma that the open trade is below its entry, each bar.",
    }),
    weight: weight("for each sigma"),
    of: z.literal("trade", {
      error:
        "must be trade: the lane's peak is not among the account's inputs, so that no value could depend on it",
    }).meta({
      unit: "",
      description: "Measured on the open trade. That of the lane's equity is vetoed on, not learned from.",
    }),
  }),
], { error: "must be turnover, differential_sharpe or drawdown" });
export type RewardTerm = z.infer<typeof Term>;

export const Reward = z.strictObject({
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
  terms: z.array(Term).max(8).default([]).meta({
    unit: "",
    description:
      "What else counts. Only what the account and the step itself tell; anything else is refused.",
  }),
});
export type Reward = z.infer<typeof Reward>;
