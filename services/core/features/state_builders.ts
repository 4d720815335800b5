/** The state builders of a configuration: which days a symbol's longer timeframes lie on, and which clock its features read, is
 * its instrument's matter. Pure. */
import type { Instrument } from "../config/instruments_config.ts";
import { followsRange, type MiscConfig } from "../config/misc.ts";
import type { ModelConfig } from "../config/model_config.ts";
import { type SessionDays, sessionDaysOf, UTC_DAYS } from "../market/session_days.ts";
import { type FeatureConfig, sourceOf, timeframeRatio } from "./feature_config.ts";
import { StateBuilder } from "./state_builder.ts";

type Instruments = readonly Readonly<Instrument>[];
/** What of a configuration states are made by. */
type Declared = Pick<ModelConfig, "features" | "data" | "heads">;

/** Makes a fresh builder of a symbol. */
export type MakeStateBuilder = (symbol: string) => StateBuilder;

export function stateBuilders(
  config: Declared,
  misc: Pick<MiscConfig, "costs" | "instruments">,
): MakeStateBuilder {
  const { features, data } = config;
  const atr = followsRange(config, misc);
  return (symbol) =>
    new StateBuilder(features as readonly FeatureConfig[], data.warmup_bars, data.timeframe, {
      atr,
      days: featureDays(config, misc.instruments, symbol),
    });
}

/** The days that a symbol's features depend on: those of UTC where all of them are on the bars that are decided on, and none of
 * them reads the clock. */
export function featureDays(
  { features, data: { timeframe } }: Pick<Declared, "features" | "data">,
  instruments: Instruments,
  symbol: string,
): SessionDays {
  const declared = features as readonly FeatureConfig[];
  const needsDays = readsClock(declared) || declared.some((each) => timeframeRatio(each, timeframe) > 1);
  return needsDays ? sessionDaysOf(instruments, symbol, timeframe) : UTC_DAYS;
}

/** What a model remembers of those days. It says whether their clock was read, as models from before it was have learned hours
 * of UTC on longer timeframes of other days. */
export function daysMeaning(
  config: Pick<Declared, "features" | "data">,
  instruments: Instruments,
  symbol: string,
): string {
  const { name } = featureDays(config, instruments, symbol);
  const isRead = name !== UTC_DAYS.name && readsClock(config.features as readonly FeatureConfig[]);
  return isRead ? `${name} by the clock` : name;
}

function readsClock(features: readonly FeatureConfig[]): boolean {
  return features.some((feature) => sourceOf(feature).readsClock);
}

/** The same of each symbol whose days are not those of UTC. */
export function rememberedDays(
  config: Declared,
  instruments: Instruments,
  symbols: readonly string[],
): Record<string, string> {
  const named = symbols.map((symbol) => [symbol, daysMeaning(config, instruments, symbol)] as const);
  return Object.fromEntries(named.filter(([, name]) => name !== UTC_DAYS.name));
}
