/** The golden proof: values on a market equal those that TA-Lib and numpy gave, stored in `golden_NAME.json` by
 * `golden.py`. */
import type { Bar } from "../../contracts/bar.ts";
import type { Timeframe } from "../../contracts/symbol.ts";
import { FeatureConfig } from "../feature_config.ts";
import type { Norm } from "../feature_scaling.ts";
import sp500 from "./golden_sp500.json" with { type: "json" };
import { productRaw, productStates, type UnderProof } from "./under_proof.ts";

/** Stored values of one source, and of one scaling where there is one. */
export interface Golden {
  readonly source: string;
  readonly params: Readonly<Record<string, number | undefined>>;
  readonly norm?: unknown;
  readonly values: readonly number[];
}

export interface Mismatch {
  readonly source: string;
  readonly params: string;
  readonly norm: string | null;
  /** Counted from 0. */
  readonly row: number;
  readonly here: number | null;
  readonly golden: number;
}

export interface GoldenResult {
  /** Values compared. */
  readonly values: number;
  readonly mismatches: readonly Mismatch[];
  /** The features whose very parameters have stored values. */
  readonly exact: readonly string[];
  /** The features whose source was compared with other parameters only. */
  readonly similar: readonly string[];
}

/** The stored values of one market. */
export interface GoldenMarket {
  readonly timeframe: Timeframe;
  /** The bars that have values, counted from 0. */
  readonly rows: readonly number[];
  readonly cases: readonly Golden[];
}

/** What `golden.py` writes. */
export interface GoldenFile {
  readonly rows: readonly number[];
  readonly raw: readonly Golden[];
  readonly scaled: readonly Golden[];
}

export function goldenMarket({ rows, raw, scaled }: GoldenFile, timeframe: Timeframe): GoldenMarket {
  return { timeframe, rows, cases: [...raw, ...scaled] };
}

/** The S&P 500 that the project installs. */
export const SP500_GOLDEN = goldenMarket(sp500, "1d");
/** Recursive averages are seeded otherwise in TA-Lib, which the bars before the first row forget. */
const RAW_TOLERANCE = 2e-8;
/** A state holds numbers of 24 bits. */
const SCALED_TOLERANCE = 2e-6;

/** How a stored case is computed here; a test puts a leaking way in its place. */
export type Compute = (feature: FeatureConfig, what: "raw" | "scaled", timeframe: Timeframe) => UnderProof;

const byProduct: Compute = (feature, what, timeframe) =>
  what === "raw" ? productRaw(feature, timeframe) : productStates([feature], 0, timeframe);

/** @param bars All bars of the market. */
export function checkGolden(
  features: readonly FeatureConfig[],
  bars: readonly Bar[],
  compute: Compute = byProduct,
  market: GoldenMarket = SP500_GOLDEN,
): GoldenResult {
  const sources = new Set(features.map((feature) => feature.source));
  const cases = market.cases.filter((each) => sources.has(each.source));
  const isStored = (feature: FeatureConfig) =>
    cases.some((each) => each.source === feature.source && same(featureOf(each).params, feature.params));
  return {
    values: cases.reduce((sum, each) => sum + each.values.length, 0),
    mismatches: cases.flatMap((each) => mismatchesOf(each, bars, compute, market)).slice(0, 20),
    exact: features.filter(isStored).map((feature) => feature.name),
    similar: features.filter((feature) => !isStored(feature)).map((feature) => feature.name),
  };
}

/** A stored case as a feature. */
export function featureOf({ source, params, norm }: Golden): FeatureConfig {
  return FeatureConfig.parse({ name: source, source, params, norm: norm ?? { kind: "none" } });
}

function mismatchesOf(
  each: Golden,
  bars: readonly Bar[],
  compute: Compute,
  market: GoldenMarket,
): Mismatch[] {
  const scaled = each.norm !== undefined;
  const rows = compute(featureOf(each), scaled ? "scaled" : "raw", market.timeframe).statesOf(bars);
  return each.values.flatMap((expected, index) => {
    const row = market.rows[index] as number;
    const here = rows[row]?.[0] ?? null;
    const tolerance = scaled ? SCALED_TOLERANCE : RAW_TOLERANCE * Math.max(1, Math.abs(expected));
    if (here !== null && Math.abs(here - expected) <= tolerance) return [];
    return [{
      source: each.source,
      params: JSON.stringify(each.params),
      norm: scaled ? (each.norm as Norm).kind : null,
      row,
      here,
      golden: expected,
    }];
  });
}

function same(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => a[key] === b[key]);
}
