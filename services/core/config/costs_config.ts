/** misc.yaml `costs:` and `margin:` what a trade costs, and what may be borrowed for it. */
import { z } from "zod";
import type { SlippageModel } from "../account/slippage.ts";
import { MOST_LEVERAGE } from "../contracts/lane.ts";

const SIDE = "bp a side";

const bps = (fallback: number, unit: string, description: string) =>
  z.number().min(0).max(1_000).multipleOf(0.0001).default(fallback).meta({ unit, description });

const yearly = (description: string) =>
  z.number().min(0).max(9_999).multipleOf(0.0001).default(0).meta({ unit: "bp a year", description });

const cooldown = (description: string) =>
  z.int().min(0).max(100).default(0).meta({ unit: "bars", description });

const model = <Name extends SlippageModel["model"]>(name: Name, description: string) =>
  z.literal(name).meta({ unit: "", description });

const Slippage = z.discriminatedUnion("model", [
  z.strictObject({
    model: model("fixed", "The same for every order."),
    bps: bps(0, SIDE, "How far the price moves against every order."),
  }),
  z.strictObject({
    model: model("atr_share", "What moves more costs more."),
    share: z.number().min(0).max(1).default(0.05).meta({
      unit: "average true ranges",
      description:
        "How far the price moves against every order, by the average true range over 14 bars (Wilder).",
    }),
  }),
  z.strictObject({
    model: model("volume_share", "Impact: what is large for its market costs more."),
    bps_at_1pct: bps(
      10,
      SIDE,
      "How far an order moves the price that trades a hundredth of the volume of the bar that was decided on.",
    ),
    power: z.number().min(0.1).max(1).default(0.5).meta({
      unit: "",
      description: "Of the order's share of the volume: 0.5 is the square root law.",
      source: "Almgren, Thum, Hauptmann and Li 2005 measured 0.6",
    }),
    most_bps: bps(500, SIDE, "No order slips further; on a bar without volume every order slips so far."),
  }),
], { error: "must be fixed, atr_share or volume_share" });

export const Costs = z.strictObject({
  taker_bps: bps(
    3,
    SIDE,
    "Commission on the notional of what takes the price that is there: orders at the open, stops and liquidations.",
  ),
  maker_bps: bps(
    3,
    SIDE,
    "Commission on the notional of what rests until it is taken, at its own price: takes, and entries by a limit.",
  ),
  min_fee: z.number().min(0).max(1e6).multipleOf(1e-8).default(0).meta({
    unit: "quote currency",
    description: "The least commission of a fill.",
  }),
  half_spread_bps: bps(0, SIDE, "Distance of the price that a taker pays from the middle price."),
  slippage: Slippage.prefault({ model: "fixed" }).meta({
    unit: "",
    description:
      "Further movement against a taker until the order fills, by what was known at the close before. What a decision is " +
      "expected to cost goes by the same model, for a lane that is worth account.cash_per_lane: so it is the same at every " +
      "equity, in learning too.",
  }),
  entry: z.enum(["market", "limit"]).default("market").meta({
    unit: "",
    description:
      "How a position is entered. market = at the next open. limit = at the close that was decided on, where the order rests for " +
      "one bar: it fills if the bar trades through that price, strictly beyond it, or at the open where that is better; else it " +
      "is void. What closes or resizes always trades at the open.",
  }),
  borrow_bps_per_year: yearly(
    "What a short pays for what it has borrowed, on its notional, from open to open and at every one of them.",
  ),
  cooldown_bars: cooldown(
    "Bars after an exit in which nothing may be entered. account must list cooldown_left then.",
  ),
  stop_cooldown_bars: cooldown("The same after a stop or a liquidation; the longer of both counts."),
});

export const Margin = z.strictObject({
  max_leverage: z.number().min(1).max(MOST_LEVERAGE).multipleOf(0.01).default(1).meta({
    unit: "times the equity",
    description:
      "Largest position that may be ordered. Sizes above 1 need it, and a risk.lane.max_position that lets them through.",
  }),
  bps_per_year: yearly("Interest on cash below zero, from open to open and at every one of them."),
  maintenance: z.number().min(0).max(0.9).multipleOf(0.0001).default(0).meta({
    unit: "share of the notional",
    description:
      "Equity at which a position is closed by force, inside the bar, at the price where it falls to that or at an open beyond " +
      "it. 0 for never.",
  }),
}).superRefine(({ max_leverage, maintenance }, context) => {
  const issue = (message: string) => context.addIssue({ code: "custom", path: ["maintenance"], message });
  if (max_leverage > 1 && maintenance === 0) issue("must be > 0 where max_leverage is above 1");
  if (maintenance * max_leverage >= 1) {
    issue("must be below 1 / max_leverage, or every full position is closed at once");
  }
});

/** The section as `accountStep` takes it. */
export function slippageModel(slippage: z.output<typeof Slippage>): SlippageModel {
  return slippage.model !== "volume_share" ? slippage : {
    model: slippage.model,
    bpsAtOnePercent: slippage.bps_at_1pct,
    power: slippage.power,
    mostBps: slippage.most_bps,
  };
}
