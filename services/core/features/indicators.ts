/** The feature sources by name. indicatorts gives the exact windowed functions, called over just their window;
 * trading-signals gives the recursive ones and what it computes over its own window. None is computed by hand. */
import { CALENDAR_SOURCES } from "./calendar_sources.ts";
import type { FeatureSource } from "./feature_source.ts";
import { MOMENTUM_SOURCES } from "./momentum_sources.ts";
import { TREND_SOURCES } from "./trend_sources.ts";
import { VOLATILITY_SOURCES } from "./volatility_sources.ts";
import { VOLUME_SOURCES } from "./volume_sources.ts";

export const FEATURE_SOURCES: ReadonlyMap<string, FeatureSource> = new Map(Object.entries({
  ...TREND_SOURCES,
  ...MOMENTUM_SOURCES,
  ...VOLATILITY_SOURCES,
  ...VOLUME_SOURCES,
  ...CALENDAR_SOURCES,
}));
