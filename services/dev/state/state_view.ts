/** A state for people: each entry with its name, raw and scaled value, unit, range and source. Pure. */
import type { MiscConfig } from "../../core/config/misc.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import { timeframeMs } from "../../core/contracts/symbol.ts";
import { AverageRange } from "../../core/features/average_range.ts";
import type { FeatureConfig } from "../../core/features/feature_config.ts";
import { featureDays, stateBuilders } from "../../core/features/state_builders.ts";
import type { BarSeries } from "../../core/market/bar_series.ts";
import type { Feed } from "../../core/market/feed.ts";
import { returnSigma } from "../../core/metrics/return_sigma.ts";
import type { AccountView } from "./portfolio.ts";

export interface StateElement {
  readonly name: string;
  /** What is computed, with its parameters; `account` for an entry of the account. */
  readonly source: string;
  readonly params: Readonly<Record<string, number>>;
  /** How it is scaled. */
  readonly norm: string;
  /** Null for what has none. */
  readonly timeframe: string | null;
  /** Before scaling; null where there is none, as without a stop. */
  readonly raw: number | null;
  /** What the network sees. */
  readonly scaled: number;
  /** Of the raw value. */
  readonly unit: string;
  /** Of the scaled value; null where it has no end. */
  readonly range: readonly [number | null, number | null];
  /** Whether the configuration gives it to the network. */
  readonly isInput: boolean;
}

export interface StateView {
  readonly feed: string;
  readonly symbol: string;
  readonly timeframe: string;
  /** On which longer timeframes lie. */
  readonly days: string;
  readonly barMs: number;
  /** When the bar's data end and the state is known. */
  readonly knownAtMs: number;
  readonly close: number;
  /** Average true range; null while it warms up. */
  readonly atr: number | null;
  /** Standard deviation of the log returns from open to open, up to this bar; null where prices stood still. */
  readonly sigma: number | null;
  /** Bars that the state was built from. */
  readonly bars: number;
  readonly elements: readonly StateElement[];
}

/** How an account came to a bar: which model decided, and whether its state was this one. */
export interface DecidedView {
  readonly model: string | null;
  readonly choice: string;
  readonly isSameState: boolean;
}

/** @param atMs Names the bar; null for the last.  @throws {RangeError} If there is no state at that bar. */
export function stateAt(
  config: ModelConfig,
  misc: MiscConfig,
  feed: Feed,
  symbol: string,
  atMs: number | null,
): StateView {
  const { timeframe } = config.data;
  if (feed.timeframe !== timeframe) {
    throw new RangeError(
      `Cannot build a state of ${feed.name} as its bars must be ${timeframe} long, as data.timeframe in the ` +
        `configuration says: they are ${feed.timeframe}`,
    );
  }
  const features = config.features as readonly FeatureConfig[];
  const builder = stateBuilders(config, misc)(symbol);
  const range = new AverageRange();
  const series = feed.bars(symbol);
  const count = atMs === null ? series.length : series.firstAfter(atMs);
  let state: Float32Array | null = null;
  for (let index = 0; index < count; index++) {
    const bar = series.at(index);
    state = builder.push(bar);
    range.push(bar);
  }
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
    days: featureDays(config, misc.instruments, symbol).name,
    barMs: bar.openTimeMs,
    knownAtMs: bar.openTimeMs + timeframeMs(timeframe),
    close: bar.close,
    atr: range.value,
    sigma: sigmaUpTo(symbol, series, count),
    bars: count,
    elements: builder.layout.map(({ name, source, unit, range }, index) => ({
      name,
      source,
      params: features[index]!.params,
      norm: paramText(features[index]!.norm.kind, features[index]!.norm, ["kind"]),
      timeframe: features[index]!.timeframe ?? timeframe,
      raw: raw[index]!,
      scaled: state[index]!,
      unit,
      range: [finiteOrNull(range[0]), finiteOrNull(range[1])],
      isInput: true,
    })),
  };
}

/** As a learner fits it that has this much history. */
function sigmaUpTo(symbol: string, series: BarSeries, count: number): number | null {
  const returns = Array.from(
    { length: Math.max(0, count - 1) },
    (_, index) => Math.log(series.at(index + 1).open / series.at(index).open),
  );
  try {
    return returnSigma(symbol, returns);
  } catch (cause) {
    if (cause instanceof RangeError) return null; // a price that stands still
    throw cause;
  }
}

export function describeState(state: StateView, account: AccountView, decided: DecidedView | null): string {
  const elements = [...state.elements, ...account.entries];
  const rows = [
    ["", "raw", "scaled", "range", "unit of raw", "from"],
    ...elements.map(({ name, raw, scaled, range, unit, ...element }) => [
      name,
      raw === null ? "none" : shown(raw),
      scaled.toFixed(4),
      rangeText(range),
      unit,
      sourceText(element, state.timeframe),
    ]),
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
    `known at ${timeText(state.knownAtMs)}, from ${state.bars} bars` +
    (state.days === "UTC" ? "" : `, days of ${state.days}`),
    `account from ${account.from}: cash ${account.cash.toFixed(2)}, quantity ${account.quantity}, equity ${
      account.equity.toFixed(2)
    }`,
    ...(decided === null ? [] : [
      `decided ${decided.choice} by ${decided.model ?? "no model"}, on ` +
      (decided.isSameState
        ? "this very state, bit for bit"
        : "ANOTHER state: its features or bars were not these"),
    ]),
    "",
    ...lines,
    "",
  ].join("\n");
}

function sourceText(
  { source, params, norm, timeframe, isInput }: Pick<
    StateElement,
    "source" | "params" | "norm" | "timeframe" | "isInput"
  >,
  own: string,
): string {
  const longer = timeframe === null || timeframe === own ? "" : ` on bars of ${timeframe}`;
  return `${paramText(source, params)}${longer}${norm === "" ? "" : `, ${norm}`}${
    isInput ? "" : " (not an input here)"
  }`;
}

/** `rsi(period 14)`. */
function paramText(name: string, params: object, without: readonly string[] = []): string {
  const named = Object.entries(params).filter(([key]) => !without.includes(key));
  return named.length === 0 ? name : `${name}(${named.map((each) => each.join(" ")).join(", ")})`;
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
