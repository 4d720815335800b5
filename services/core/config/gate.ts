/** The `gate` section of docs/misc.yaml: what a candidate model must pass before it is served. */
import { z } from "zod";

const share = (fallback: number, description: string) =>
  z.number().min(0).max(1).default(fallback).meta({ unit: "probability", description });

const bars = (least: number, fallback: number, description: string) =>
  z.int().min(least).max(100_000).default(fallback).meta({ unit: "bars", description });

export const Gate = z.strictObject({
  level: z.enum(["off", "integrity", "full"]).default("full").meta({
    unit: "",
    description:
      "off serves every candidate; integrity asks for finite outputs, the right schema and equal values in learning and serving; " +
      "full adds proofs that nothing saw the future, evidence net of fees, and a time in the shadow. That none passes and " +
      "the champion stays is normal.",
  }),
  evidence_bars: bars(
    20,
    252,
    "Bars on which both a challenger and the champion have decided before they learned from them, at least.",
  ),
  first_bars: bars(
    20,
    60,
    "The same for the first model, which is compared with staying flat, serves paper trading alone and is marked provisional.",
  ),
  differing_bars: bars(1, 20, "Of them, bars after which both held something else, at least."),
  better_than_champion: share(
    0.8,
    "How probable it must be that a challenger earns more than the champion, net of all costs. It is asked again with every candidate: of " +
      "challengers that are no better, 47 % pass within five years of days at 0.8, 33 % at 0.9, 17 % at 0.95.",
  ),
  better_at_double_costs: share(0.5, "The same if every trade had cost twice as much."),
  better_than_flat: share(0.5, "How probable it must be that the first model earns more than nothing."),
  max_turnover: z.number().positive().max(10).default(0.5).meta({
    unit: "times the equity a bar",
    description:
      "Most that may be traded on average: who goes in and out at each bar trades 1, who flips a coin 0.5.",
  }),
  max_drawdown: z.number().positive().max(1).default(0.5).meta({
    unit: "fraction of equity",
    description: "Deepest fall from a peak on the bars of the evidence.",
  }),
  block_bars: bars(1, 20, "Mean length of the blocks that are resampled (stationary bootstrap)."),
  draws: z.int().min(100).max(100_000).default(2_000).meta({
    unit: "",
    description: "Histories that are resampled: a probability is the share of them.",
  }),
  shadow_bars: z.int().min(0).max(10_000).default(20).meta({
    unit: "bars",
    description:
      "Live bars that a candidate decides without orders before it serves: its outputs must be numbers, and the trainer's own. 0 " +
      "for none.",
  }),
});
export type GateConfig = Readonly<z.output<typeof Gate>>;
