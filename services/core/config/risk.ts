/** The `risk` section of docs/misc.yaml: what the executor lets through, whatever the network wants. */
import { z } from "zod";
import { MOST_LEVERAGE } from "../contracts/lane.ts";
import type { RiskLimits, RiskRules } from "../risk/risk_rules.ts";

type LimitDefaults = { readonly [Name in keyof RiskLimits]: number | null };

/** The same limits for a lane and for the whole account. */
const limits = (defaults: LimitDefaults, whose: string, most: { readonly ordersPerMinute: number }) =>
  z.strictObject({
    max_position: z.number().positive().max(MOST_LEVERAGE).nullable().default(defaults.maxPosition).meta({
      unit: "fraction of equity",
      description: `Largest position that an order may lead to, by ${whose} equity; a larger order is cut. ` +
        "A position that drifts beyond it is kept, not traded back.",
    }),
    max_notional: z.number().positive().max(1e12).nullable().default(defaults.maxNotional).meta({
      unit: "quote currency",
      description:
        "The same as an amount. Measured at the close that was decided on: a gap may carry it beyond.",
    }),
    max_orders_per_minute: z.number().min(0.001).max(most.ordersPerMinute).nullable()
      .default(defaults.maxOrdersPerMinute).meta({
        unit: "orders",
        description:
          "How many orders a minute of bar time may come before one that adds risk is refused; below 1, one order " +
          "in 1 / that many minutes.",
      }),
    max_daily_turnover: z.number().positive().max(1e6).nullable().default(defaults.maxDailyTurnover).meta({
      unit: "times the equity at the day's start",
      description:
        "Notional that may be ordered on a UTC day before orders that add risk are refused: a policy that churns pays " +
        "its costs as often.",
    }),
    max_daily_loss: z.number().positive().max(1).nullable().default(defaults.maxDailyLoss).meta({
      unit: "fraction of equity",
      description:
        `Loss of ${whose} equity, open profit included, since the last close before the UTC day in which the bar opens. ` +
        "What is beyond it does what on_daily_loss says.",
    }),
    max_drawdown: z.number().positive().max(1).nullable().default(defaults.maxDrawdown).meta({
      unit: "fraction of equity",
      description:
        `Loss of ${whose} equity, open profit included, since its highest close; a resume counts anew. What is beyond ` +
        "it does what on_drawdown says.",
    }),
  });

const onBreach = (fallback: "refuse" | "halt", what: string) =>
  z.enum(["refuse", "halt", "flatten"]).default(fallback).meta({
    unit: "",
    description:
      `What ${what} does: refuse lets nothing add risk while it lasts; halt stops every lane of the account until ` +
      "`deno task resume`; flatten also closes what they hold.",
  });

const NONE: LimitDefaults = {
  maxPosition: null,
  maxNotional: null,
  maxOrdersPerMinute: null,
  maxDailyTurnover: null,
  maxDailyLoss: null,
  maxDrawdown: null,
};

export const Risk = z.strictObject({
  lane: limits(
    {
      maxPosition: 1,
      maxNotional: 1e12,
      maxOrdersPerMinute: 1,
      maxDailyTurnover: 50,
      maxDailyLoss: 0.1,
      maxDrawdown: 0.5,
    },
    "the lane's",
    { ordersPerMinute: 60 },
  ).prefault({}).meta({
    unit: "",
    description: "Limits of each lane, exact: they are part of the one commit. Null for none.",
  }),
  portfolio: limits(NONE, "the account's", { ordersPerMinute: 10_000 }).prefault({}).meta({
    unit: "",
    description:
      "Limits of all lanes of the account together, from the next bar on: what a bar has done counts for the other lanes' later " +
      "bars, by what each has committed. As lanes never share money, the lanes' own limits bound the account's losses too.",
  }),
  on_daily_loss: onBreach("refuse", "a daily loss beyond its limit"),
  on_drawdown: onBreach("halt", "a drawdown beyond its limit"),
  stale_after_ms: z.int().min(1).max(86_400_000).nullable().default(60_000).meta({
    unit: "ms",
    description:
      "A bar that ended longer ago by the clock orders nothing, in a market that runs in real time. A replayed feed has " +
      "no such age. Null for never.",
  }),
  max_clipped_share: z.number().positive().max(1).nullable().default(0.5).meta({
    unit: "share of the features that can be cut",
    description:
      "With more features than that at their clip the state is unlike all that was learned from, and nothing may add " +
      "risk. In twenty years of the S&P 500 that was so on 9 days. Null for never.",
  }),
});

/** The section as the executor takes it. */
export function riskRules(risk: z.output<typeof Risk>): RiskRules {
  return {
    lane: limitsOf(risk.lane),
    portfolio: limitsOf(risk.portfolio),
    onDailyLoss: risk.on_daily_loss,
    onDrawdown: risk.on_drawdown,
    staleAfterMs: risk.stale_after_ms,
    maxClippedShare: risk.max_clipped_share,
  };
}

function limitsOf(limits: z.output<typeof Risk>["lane"]): RiskLimits {
  return {
    maxPosition: limits.max_position,
    maxNotional: limits.max_notional,
    maxOrdersPerMinute: limits.max_orders_per_minute,
    maxDailyTurnover: limits.max_daily_turnover,
    maxDailyLoss: limits.max_daily_loss,
    maxDrawdown: limits.max_drawdown,
  };
}
