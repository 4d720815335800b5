/** The network's heads: what is decided, and what is predicted beside it. */
import { z } from "zod";

/** What a value of the action head means: the target position as a fraction of equity. */
export const ACTION_TARGETS = { flat: 0, long: 1, short: -1 } as const;
export const ActionValue = z.enum(["flat", "long", "short"]);
export type ActionValue = z.infer<typeof ActionValue>;

const ActionHead = z.strictObject({
  type: z.literal("branch_q").meta({
    unit: "",
    description: "A decision: one value for each choice, the best one is taken.",
  }),
  values: z.array(ActionValue).min(2).max(3)
    .refine((values) => new Set(values).size === values.length, { error: "must not repeat a value" })
    .refine((values) => values.includes("flat"), { error: "must include flat, as there must be a way out" })
    .meta({
      unit: "",
      description:
        "The choices, in the order of the outputs: flat = no position, long = all in, short = short by the " +
        "whole equity (only where it can be borrowed).",
    }),
  semantics: z.literal("target_position").default("target_position").meta({
    unit: "",
    description: "A choice names the position to hold, so repeating it trades nothing.",
  }),
});

const RegressionHead = z.strictObject({
  type: z.literal("regression").meta({
    unit: "",
    description: "A prediction that shapes the trunk and is shown.",
  }),
  target: z.literal("forward_volatility").meta({
    unit: "",
    description: "Absolute log return from the next open to the one after, in the symbol's constant sigma.",
  }),
  loss_weight: z.number().min(0).max(100).default(0.1).meta({
    unit: "",
    description: "Weight of its squared error beside the value's. High weights bend the trunk towards risk.",
  }),
});

export const Head = z.discriminatedUnion("type", [ActionHead, RegressionHead], {
  error: "must be branch_q or regression",
});
export type Head = z.infer<typeof Head>;
export type ActionHead = z.infer<typeof ActionHead>;

const HeadName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, {
  error: "must be 1 to 40 small letters, digits or _, and start with a letter",
});

/** Heads by name, in the order of the network's outputs. The decision is the one called `action`. */
export const Heads = z.record(HeadName, Head).superRefine((heads, context) => {
  const decisions = Object.keys(heads).filter((name) => heads[name]?.type === "branch_q");
  if (decisions.length !== 1 || decisions[0] !== "action") {
    context.addIssue(
      `must hold exactly one head of type branch_q, called action (found: ${decisions.join(", ") || "none"})`,
    );
  }
});
