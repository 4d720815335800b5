/** State vectors with the raw values behind them. Redis holds what the network saw, which is scaled; raw values are computed again
 * from the bars by the same StateBuilder, and compared with what was stored. */
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import type { FeatureConfig } from "../../services/core/features/feature_config.ts";
import { StateBuilder } from "../../services/core/features/state_builder.ts";
import type { LaneArchive } from "./lane_archive.ts";

export interface StateSetup {
  readonly features: readonly FeatureConfig[];
  readonly warmupBars: number;
  readonly timeframe: Timeframe;
}

export interface StateElement {
  readonly name: string;
  readonly source: string;
  /** Of the raw value. */
  readonly unit: string;
  /** Of the scaled value; null where it has no end. */
  readonly range: readonly [number | null, number | null];
  /** Null while it warms up. */
  readonly raw: number | null;
  /** What the network saw. */
  readonly scaled: number;
  /** The scaled values of the last bars, oldest first. */
  readonly past: readonly number[];
  /** At an end of its range: the value was cut, or lies at its extreme. */
  readonly isClipped: boolean;
}

export interface StateView {
  readonly symbol: string;
  readonly barMs: number;
  readonly close: number;
  /** Bars that the raw values were computed from. */
  readonly bars: number;
  readonly elements: readonly StateElement[];
  /** How many elements differ from what the decision on this bar saw; null where there is no decision to compare with. */
  readonly differing: number | null;
}

/** Bars that the small lines show. */
const PAST = 120;
/** A state means the same to this wherever the history starts. */
const TOLERANCE = 1e-4;

/** The state after the last bar at or before a time; null before there are enough bars. */
export async function stateAt(
  lane: LaneArchive,
  symbol: string,
  { features, warmupBars, timeframe }: StateSetup,
  throughMs: number,
): Promise<StateView | null> {
  const builder = new StateBuilder(features, warmupBars, timeframe);
  const { bars } = await lane.through(throughMs, 2 * builder.barsNeeded + PAST);
  const last = bars.at(-1);
  if (last === undefined) return null;
  const states: Float32Array[] = [];
  for (const bar of bars) {
    const state = builder.push(bar);
    if (state !== null) states.push(state);
  }
  const [frame] = await lane.frames(last.openTimeMs, 1);
  const stored = frame?.bar.openTimeMs === last.openTimeMs ? frame.state : null;
  const scaled = stored ?? states.at(-1);
  if (scaled === undefined) return null;
  const built = states.at(-1);
  const raw = builder.raw;
  return {
    symbol,
    barMs: last.openTimeMs,
    close: last.close,
    bars: bars.length,
    elements: builder.layout.map(({ name, source, unit, range: [low, high] }, index) => {
      const value = scaled[index] ?? NaN;
      return {
        name,
        source,
        unit,
        range: [finiteOrNull(low), finiteOrNull(high)] as const,
        raw: finiteOrNull(raw[index]!),
        scaled: value,
        past: states.slice(-PAST).map((state) => state[index]!),
        // What is not scaled, as a sine, may reach its bounds by nature.
        isClipped: (value <= low || value >= high) && Math.fround(raw[index]!) !== value,
      };
    }),
    differing: stored === null || built === undefined
      ? null
      : stored.filter((value, index) => Math.abs(value - (built[index] ?? NaN)) > TOLERANCE).length,
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
