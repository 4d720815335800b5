/** The golden proof: values on the S&P 500 equal those that TA-Lib and numpy gave, stored in `golden_sp500.json`. */
import type { Bar } from "../../contracts/bar.ts";
import { FeatureConfig } from "../feature_config.ts";
import type { Norm } from "../feature_scaling.ts";
import golden from "./golden_sp500.json" with { type: "json" };
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

export const GOLDENS: readonly Golden[] = [...golden.raw, ...golden.scaled];
/** Recursive averages are seeded otherwise in TA-Lib, which the bars before the first row forget. */
const RAW_TOLERANCE = 2e-8;
/** A state holds numbers of 24 bits. */
const SCALED_TOLERANCE = 2e-6;

/** How a stored case is computed here; a test puts a leaking way in its place. */
export type Compute = (feature: FeatureConfig, what: "raw" | "scaled") => UnderProof;

const byProduct: Compute = (feature, what) =>
  what === "raw" ? productRaw(feature, "1d") : productStates([feature], 0, "1d");

/** @param bars The S&P 500 that the project installs. */
export function checkGolden(
  features: readonly FeatureConfig[],
  bars: readonly Bar[],
  compute: Compute = byProduct,
): GoldenResult {
  const sources = new Set(features.map((feature) => feature.source));
  const cases = GOLDENS.filter((each) => sources.has(each.source));
  const isStored = (feature: FeatureConfig) =>
    cases.some((each) => each.source === feature.source && same(featureOf(each).params, feature.params));
  return {
    values: cases.reduce((sum, each) => sum + each.values.length, 0),
    mismatches: cases.flatMap((each) => mismatchesOf(each, bars, compute)).slice(0, 20),
    exact: features.filter(isStored).map((feature) => feature.name),
    similar: features.filter((feature) => !isStored(feature)).map((feature) => feature.name),
  };
}

/** A stored case as a feature. */
export function featureOf({ source, params, norm }: Golden): FeatureConfig {
  return FeatureConfig.parse({ name: source, source, params, norm: norm ?? { kind: "none" } });
}

function mismatchesOf(each: Golden, bars: readonly Bar[], compute: Compute): Mismatch[] {
  const scaled = each.norm !== undefined;
  const rows = compute(featureOf(each), scaled ? "scaled" : "raw").statesOf(bars);
  return each.values.flatMap((expected, index) => {
    const row = golden.rows[index] as number;
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
