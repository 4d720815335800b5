/** What the configuration says of one feature: which source with which parameters, and how it is scaled. */
import { z } from "zod";
import { Timeframe, timeframeMs } from "../contracts/symbol.ts";
import { Norm, normBarsNeeded } from "./feature_scaling.ts";
import { FEATURE_SOURCES } from "./indicators.ts";
import { REFUSED_INDICATORS } from "./refused_indicators.ts";

const Declared = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, {
    error: "must be 1 to 40 small letters, digits or _, and start with a letter",
  }).meta({ unit: "", description: "Its name on the page and in reasons; unique." }),
  source: z.string().meta({ unit: "", description: "What is computed: one of the sources listed below." }),
  params: z.record(z.string(), z.number()).default({}).meta({
    unit: "",
    description: "The source's parameters, listed with it below.",
  }),
  timeframe: Timeframe.optional().meta({
    unit: "",
    description:
      "Computes it on longer bars, a whole multiple of data.timeframe: built from bars that have closed, on its " +
      "instrument's days. Between two of them it stands still. Without it: the bars that are decided on.",
  }),
  norm: Norm.meta({ unit: "", description: "How the value is scaled before the network sees it." }),
});

/** One feature, its parameters checked by its source and their defaults filled in. */
export const FeatureConfig = Declared.transform((feature, context) => {
  const source = FEATURE_SOURCES.get(feature.source);
  if (source === undefined) {
    context.issues.push({
      code: "custom",
      path: ["source"],
      message: refusal(feature.source),
      input: feature.source,
    });
    return z.NEVER;
  }
  const params = source.params.safeParse(feature.params);
  if (!params.success) {
    for (const issue of params.error.issues) {
      context.issues.push(
        {
          ...issue,
          path: ["params", ...issue.path],
          input: feature.params,
        } as typeof context.issues[number],
      );
    }
    return z.NEVER;
  }
  if (feature.norm.kind === "log_return" && source.range[0] < 0) {
    context.issues.push({
      code: "custom",
      path: ["norm", "kind"],
      message:
        `must not be log_return, which takes sources that are never negative, as ${feature.source} may be`,
      input: feature.norm.kind,
    });
    return z.NEVER;
  }
  return { ...feature, params: params.data as Record<string, number> };
});
export type FeatureConfig = z.output<typeof FeatureConfig>;

/** How many bars make up one bar of the feature's own timeframe.
 * @param timeframe Of the bars that are decided on.  @throws {RangeError} If it is not a whole number. */
export function timeframeRatio(feature: FeatureConfig, timeframe: Timeframe): number {
  if (feature.timeframe === undefined) return 1;
  const ratio = timeframeMs(feature.timeframe) / timeframeMs(timeframe);
  if (Number.isInteger(ratio)) return ratio;
  throw new RangeError(
    `Cannot build feature ${feature.name} as its timeframe must be a whole multiple of ${timeframe}: ` +
      `it is ${feature.timeframe}`,
  );
}

/** Bars of its own timeframe up to a feature's first scaled value, that bar included. */
export function ownBarsNeeded(feature: FeatureConfig): number {
  return sourceOf(feature).barsNeeded(feature.params) + normBarsNeeded(feature.norm) - 1;
}

/** Bars up to a feature's first scaled value, that bar included: a longer timeframe's first bar is not used, as the
 * history may start in the middle of it, and a market that closes overnight gets by with fewer.
 * @param timeframe Of the bars that are decided on. */
export function featureBarsNeeded(feature: FeatureConfig, timeframe: Timeframe): number {
  const ratio = timeframeRatio(feature, timeframe);
  return ratio === 1 ? ownBarsNeeded(feature) : (ownBarsNeeded(feature) + 1) * ratio;
}

/** @throws {RangeError} If there is no such source. */
export function sourceOf(feature: FeatureConfig) {
  const source = FEATURE_SOURCES.get(feature.source);
  if (source === undefined) {
    throw new RangeError(`Cannot build feature ${feature.name} as its source ${refusal(feature.source)}`);
  }
  return source;
}

function refusal(source: string): string {
  const reason = REFUSED_INDICATORS.get(source);
  const known = [...FEATURE_SOURCES.keys()].join(", ");
  return `must be one of ${known}${reason === undefined ? "" : `; ${source} is refused as ${reason}`}`;
}
