/** Makes features comparable between symbols and times: the declared kinds and what each needs and returns.
 * Pure and deterministic; the arithmetic is in `scalers.ts`. */
import { z } from "zod";
import { SEED_WEIGHT } from "./feature_source.ts";
import { logReturn, minMax, pointwise, rank, rollingZ, runningZ, type Scaler } from "./scalers.ts";

const kind = <K extends string>(name: K, description: string) =>
  z.literal(name).meta({ unit: "", description });
const window = z.int().min(20).max(5000).default(250).meta({
  unit: "bars",
  description:
    "How far back it looks, this bar included. Shorter follows a changing market, longer is steadier.",
});
const zClip = z.number().min(0.5).max(20).default(5).meta({
  unit: "standard deviations",
  description: "Largest absolute value, so that one spike cannot swamp the network.",
});
const unitClip = z.number().min(0.05).max(1).optional().meta({
  unit: "",
  description: "Largest absolute value; without it, all of the range.",
});

const RollingZ = z.strictObject({
  kind: kind(
    "rolling_z",
    "Distance from the mean of the window in its standard deviations. A window that stands still gives 0.",
  ),
  window,
  clip: zClip,
});

const RunningZ = z.strictObject({
  kind: kind(
    "running_z",
    "As rolling_z, with weights that halve every `half_life` bars instead of a window. It takes 27 half-lives to " +
      "forget where it started.",
  ),
  half_life: z.number().min(2).max(500).default(50).meta({
    unit: "bars",
    description: "Bars after which a value weighs half.",
  }),
  clip: zClip,
});

const MinMax = z.strictObject({
  kind: kind(
    "min_max",
    "Where it lies between the window's lowest (−1) and highest (1). A window that stands still gives 0.",
  ),
  window,
  clip: unitClip,
});

const Rank = z.strictObject({
  kind: kind(
    "rank",
    "The share of the window's other values below it, less that above it: −1 for the lowest, 1 for the highest, " +
      "whatever the distribution.",
  ),
  window,
  clip: unitClip,
});

const LogReturn = z.strictObject({
  kind: kind(
    "log_return",
    "ln(value / value `bars` bars ago) / scale, for sources that are never negative. From or to 0 it is 0.",
  ),
  bars: z.int().min(1).max(1000).default(1).meta({
    unit: "bars",
    description: "How far back it compares.",
  }),
  scale: z.number().min(1e-9).max(1e6).default(1).meta({
    unit: "log return",
    description: "The change that becomes 1.",
  }),
  clip: zClip.meta({ unit: "scales", description: "Largest absolute value." }),
});

const Tanh = z.strictObject({
  kind: kind("tanh", "tanh((value − centre) / scale), in (−1, 1)."),
  centre: z.number().min(-1e6).max(1e6).default(0).meta({
    unit: "the feature's",
    description: "The value that becomes 0.",
  }),
  scale: z.number().min(1e-9).max(1e6).meta({
    unit: "the feature's",
    description: "The distance from the centre that becomes 0.76.",
  }),
  clip: unitClip,
});

const None = z.strictObject({
  kind: kind("none", "The raw value, for a feature that is of order 1 already."),
  clip: z.number().min(1e-6).max(1e6).optional().meta({
    unit: "the feature's",
    description: "Largest absolute value; without it, all of the range.",
  }),
});

/** How a feature is scaled. */
export const Norm = z.discriminatedUnion("kind", [RollingZ, RunningZ, MinMax, Rank, LogReturn, Tanh, None], {
  error: "must be rolling_z, running_z, min_max, rank, log_return, tanh or none",
});
export type Norm = z.infer<typeof Norm>;

/** A state holds numbers of 32 bits, of which a larger one is none. */
const MOST_IN_STATE = 3.4028234663852886e38;

/** Values that a norm has to see before its first result. */
export function normBarsNeeded(norm: Norm): number {
  switch (norm.kind) {
    case "rolling_z":
    case "min_max":
    case "rank":
      return norm.window;
    case "running_z":
      return Math.ceil(-Math.log2(SEED_WEIGHT) * norm.half_life);
    case "log_return":
      return norm.bars + 1;
    case "tanh":
    case "none":
      return 1;
  }
}

/** The range of what a norm returns, for raw values in `raw`. */
export function normRange(norm: Norm, raw: readonly [number, number]): readonly [number, number] {
  const clip = norm.clip ?? Infinity;
  const [low, high] = norm.kind === "none" ? raw : unitRange(norm) ?? [-Infinity, Infinity];
  return [clamp(low, clip), clamp(high, clip)];
}

/** The range of a kind that bounds its values by itself. */
function unitRange(norm: Norm): readonly [number, number] | undefined {
  return norm.kind === "tanh" || norm.kind === "min_max" || norm.kind === "rank" ? [-1, 1] : undefined;
}

export function startScaler(norm: Norm): Scaler {
  switch (norm.kind) {
    case "rolling_z":
      return rollingZ(norm.window, norm.clip);
    case "running_z":
      return runningZ(norm.half_life, normBarsNeeded(norm), norm.clip);
    case "min_max":
      return minMax(norm.window, norm.clip ?? 1);
    case "rank":
      return rank(norm.window, norm.clip ?? 1);
    case "log_return":
      return logReturn(norm.bars, norm.scale, norm.clip);
    case "tanh": {
      const clip = norm.clip ?? 1;
      return pointwise((value) => clamp(Math.tanh((value - norm.centre) / norm.scale), clip));
    }
    case "none": {
      const { clip = MOST_IN_STATE } = norm;
      return pointwise((value) => clamp(value, clip));
    }
  }
}

function clamp(value: number, clip: number): number {
  return Math.min(clip, Math.max(-clip, value));
}
