/** The network's heads: what is decided, and what is predicted beside it. */
import { z } from "zod";
import { MOST_LEVERAGE } from "../contracts/lane.ts";
import type { Frozen } from "./load_yaml.ts";

/** What a value of the action head means: the target position as a fraction of equity. */
export const ACTION_TARGETS = { flat: 0, long: 1, short: -1 } as const;
export const ActionValue = z.enum(["flat", "long", "short"]);
export type ActionValue = z.infer<typeof ActionValue>;

const branchType = z.literal("branch_q").meta({
  unit: "",
  description: "A decision: one value for each choice, the best one is taken.",
});

const isUnique = (values: readonly unknown[]) => new Set(values).size === values.length;
const unique = { error: "must not repeat a value" };

const ActionHead = z.strictObject({
  type: branchType,
  values: z.array(ActionValue).min(2).max(3)
    .refine(isUnique, unique)
    .refine((values) => values.includes("flat"), { error: "must include flat, as there must be a way out" })
    .meta({
      unit: "",
      description:
        "The choices, in the order of the outputs: flat = no position, long = all in, short = short by the " +
        "whole equity (only where it can be borrowed). A size head makes both smaller.",
    }),
  semantics: z.literal("target_position").default("target_position").meta({
    unit: "",
    description: "A choice names the position to hold, so repeating it trades nothing.",
  }),
});

const SizeHead = z.strictObject({
  type: branchType,
  values: z.array(z.number().gt(0).max(MOST_LEVERAGE)).min(1).max(16).refine(isUnique, unique).meta({
    unit: "fraction of equity",
    description:
      "How large a position may be; above 1 as far as margin.max_leverage in misc.yaml goes. One that is held may be brought to any of them but the nearest, so that mere drift is " +
      "not traded back; a resize keeps stop and take.",
  }),
  active_when: z.literal("action != flat").default("action != flat").meta({
    unit: "",
    description: "When it is chosen.",
  }),
});

const exitHead = (what: string) =>
  z.strictObject({
    type: branchType,
    values: z.array(z.union([z.literal("none"), z.number().gt(0).max(100)], {
      error: "must be none or a number > 0 and <= 100",
    })).min(1).max(16).refine(isUnique, unique).meta({
      unit: "average true ranges",
      description: `${what} None: there is no such price.`,
    }),
    unit: z.literal("atr").default("atr").meta({
      unit: "",
      description: "The average true range over 14 bars (Wilder) when it was decided.",
    }),
    active_when: z.literal("entering").default("entering").meta({
      unit: "",
      description: "When it is chosen: it stays as it is until the position is left.",
    }),
  });

const StopHead = exitHead(
  "How far from the fill a position is given up. A bar that touches stop and take counts as a stop; one that opens beyond " +
    "the stop gives the open.",
).extend({
  stop_kind: z.enum(["fixed", "trailing"]).default("fixed").meta({
    unit: "",
    description:
      "fixed = it stays where the entry has put it. trailing = at every close it moves up behind the best price since the entry, by " +
      "the same distance, and never back; for a short it moves down. A bar's own best price counts from the next bar on.",
  }),
});
const TakeHead = exitHead(
  "How far from the fill its profit is taken: at that price, where a bar trades through it, strictly beyond; or at an open beyond it.",
);

const RegressionHead = z.strictObject({
  type: z.literal("regression", {
    error: "must be regression: heads that decide are called action, size, stop and take",
  }).meta({ unit: "", description: "A prediction that shapes the trunk and is shown." }),
  target: z.enum(["forward_volatility", "forward_return"]).meta({
    unit: "",
    description:
      "Log return from the next open to the one after, in the symbol's constant sigma: its absolute value for " +
      "forward_volatility, with its sign for forward_return.",
  }),
  loss_weight: z.number().min(0).max(100).default(0.1).meta({
    unit: "",
    description: "Weight of its squared error beside the value's. High weights bend the trunk towards risk.",
  }),
});
export type RegressionHead = z.infer<typeof RegressionHead>;

const HEAD_NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** What the outputs of a value head's quantiles are called. */
const TAKEN_ENDING = "_quantiles";

/** Heads by name, in the order of the network's outputs: those that decide, then the predictions. */
export const Heads = z.object({
  action: ActionHead.meta({ unit: "", description: "Which side to be on." }),
  size: SizeHead.optional().meta({ unit: "", description: "How much of the equity to hold." }),
  stop: StopHead.optional().meta({ unit: "", description: "Where to give a new position up." }),
  take: TakeHead.optional().meta({ unit: "", description: "Where to take a new position's profit." }),
}).catchall(RegressionHead).superRefine((heads, context) => {
  for (const name of Object.keys(heads)) {
    if (!HEAD_NAME.test(name)) {
      context.addIssue({
        code: "custom",
        path: [name],
        message: "must be called by 1 to 40 small letters, digits or _, the first one a letter",
      });
    } else if (name.endsWith(TAKEN_ENDING)) {
      context.addIssue({ code: "custom", path: [name], message: `must not end with ${TAKEN_ENDING}` });
    }
  }
});
export type Heads = Frozen<z.output<typeof Heads>>;

/** The heads that decide, as plain values; null for one that is not there. None is null in the lists. */
export interface BranchHeads {
  readonly actions: readonly ActionValue[];
  readonly sizes: readonly number[] | null;
  readonly stops: readonly (number | null)[] | null;
  readonly takes: readonly (number | null)[] | null;
  /** Stops follow the best price. */
  readonly isTrailing: boolean;
}

export function branchHeads({ action, size, stop, take }: Heads): BranchHeads {
  const distances = (head: Pick<NonNullable<Heads["take"]>, "values"> | undefined) =>
    head?.values.map((value) => value === "none" ? null : value) ?? null;
  return {
    actions: action.values,
    sizes: size?.values ?? null,
    stops: distances(stop),
    takes: distances(take),
    isTrailing: stop?.stop_kind === "trailing",
  };
}

/** Whether stops or takes are placed, by the average true range. */
export function needsAtr({ stop, take }: Heads): boolean {
  return stop !== undefined || take !== undefined;
}

/** The heads that predict, in the order of the outputs. */
export function regressionHeads(
  { action: _action, size: _size, stop: _stop, take: _take, ...others }: Heads,
): readonly (readonly [name: string, head: Frozen<RegressionHead>])[] {
  return Object.entries(others);
}
