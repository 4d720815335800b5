/** A state vector for people: each element with its name, raw and scaled value, unit and range. Pure. */
import type { ModelConfig } from "../../core/config/model_config.ts";
import { timeframeMs } from "../../core/contracts/symbol.ts";
import type { FeatureConfig } from "../../core/features/feature_config.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import type { Feed } from "../../core/market/feed.ts";
import type { MarkedPortfolio } from "./portfolio.ts";

export interface StateElement {
  readonly name: string;
  readonly source: string;
  readonly timeframe: string;
  /** Before scaling. */
  readonly raw: number;
  /** What the network sees. */
  readonly scaled: number;
  /** Of the raw value. */
  readonly unit: string;
  /** Of the scaled value; null where it has no end. */
  readonly range: readonly [number | null, number | null];
}

export interface StateView {
  readonly feed: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly barMs: number;
  /** When the bar's data end and the state is known. */
  readonly knownAtMs: number;
  readonly close: number;
  /** Bars that the state was built from. */
  readonly bars: number;
  readonly elements: readonly StateElement[];
}

/** @param atMs Names the bar; null for the last.  @throws {RangeError} If there is no state at that bar. */
export function stateAt(config: ModelConfig, feed: Feed, symbol: string, atMs: number | null): StateView {
  const { timeframe, warmup_bars: warmupBars } = config.data;
  if (feed.timeframe !== timeframe) {
    throw new RangeError(
      `Cannot build a state of ${feed.name} as its bars must be ${timeframe} long, as data.timeframe in the ` +
        `configuration says: they are ${feed.timeframe}`,
    );
  }
  const features = config.features as readonly FeatureConfig[];
  const builder = new StateBuilder(features, warmupBars, timeframe);
  const series = feed.bars(symbol);
  const count = atMs === null ? series.length : series.firstAfter(atMs);
  let state: Float32Array | null = null;
  for (let index = 0; index < count; index++) state = builder.push(series.at(index));
  if (state === null) {
    const first = series.length < builder.barsNeeded
      ? "none in this feed"
      : new Date(series.openTimeMs(builder.barsNeeded - 1)).toISOString();
    throw new RangeError(
      `Cannot build a state of ${symbol} as ${builder.barsNeeded} bars or more must come up to it ` +
        `(first: ${first}): there are ${count}`,
    );
  }
  const [bar, raw] = [series.at(count - 1), builder.raw];
  return {
    feed: feed.name,
    symbol,
    timeframe,
    barMs: bar.openTimeMs,
    knownAtMs: bar.openTimeMs + timeframeMs(timeframe),
    close: bar.close,
    bars: count,
    elements: builder.layout.map(({ name, source, unit, range }, index) => ({
      name,
      source,
      timeframe: features[index]?.timeframe ?? timeframe,
      raw: raw[index]!,
      scaled: state[index]!,
      unit,
      range: [finiteOrNull(range[0]), finiteOrNull(range[1])],
    })),
  };
}

export function describeState(state: StateView, portfolio: MarkedPortfolio): string {
  const { position, equity, account } = portfolio;
  const rows = [
    ["", "raw", "scaled", "range", "unit of raw"],
    ...state.elements.map(({ name, raw, scaled, range, unit, timeframe }) => [
      name,
      shown(raw),
      scaled.toFixed(4),
      rangeText(range),
      timeframe === state.timeframe ? unit : `${unit} (bars of ${timeframe})`,
    ]),
    ["position", shown(position.raw), position.scaled.toFixed(4), rangeText(position.range), position.unit],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column === 1 || column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    ).join("  ").trimEnd()
  );
  return [
    `${state.symbol} of ${state.feed}: bar ${
      timeText(state.barMs)
    } (${state.timeframe}), closed at ${state.close}, ` +
    `known at ${timeText(state.knownAtMs)}, from ${state.bars} bars`,
    `account from ${portfolio.from}: cash ${account.cash}, quantity ${account.quantity}, equity ${
      equity.toFixed(2)
    }`,
    "",
    ...lines,
    "",
  ].join("\n");
}

function shown(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential(4) : value.toFixed(5);
}

function rangeText([low, high]: readonly [number | null, number | null]): string {
  return `${low ?? "−∞"} … ${high ?? "∞"}`;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(":00.000Z", "Z");
}
