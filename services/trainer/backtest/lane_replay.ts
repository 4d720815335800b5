/** Takes lanes over recorded bars: the same states, decisions and money as in a run of the whole system, without Redis. The lanes go
 * on together in bar time, those of one bar in their order, as an account's limits and halts bind them to one another. */
import type { Bar } from "../../core/contracts/bar.ts";
import type { Control } from "../../core/contracts/control.ts";
import type { LaneTotal } from "../../core/contracts/risk.ts";
import type { StateBuilder } from "../../core/features/state_builder.ts";
import type { Lane } from "../../core/lane/lane_step.ts";
import type { LaneTrader, TradedBar } from "../../core/lane/lane_trader.ts";
import type { LoadedModel } from "../../core/lane/loaded_model.ts";
import { NOTHING_OUTSIDE } from "../../core/lane/risk_desk.ts";
import { executeAsRecorded, type RunInputs } from "./run_inputs.ts";
import type { Span } from "./span.ts";

export interface ReplayedLane {
  readonly symbol: string;
  /** The whole history, oldest first. */
  readonly bars: Iterable<Bar>;
  readonly trader: LaneTrader;
  /** A fresh one. */
  readonly builder: StateBuilder;
  /** The model that decides a bar; null for none. */
  readonly modelAt: (barMs: number) => LoadedModel | null;
}

/** A lane on its way. */
interface Cursor extends Omit<ReplayedLane, "bars"> {
  readonly bars: Iterator<Bar>;
  next: Bar | null;
  lane: Lane | null;
}

/** Decides the bars of the span; those before it warm the features up.
 * @param run What no bar tells of a run that is decided again; null where none is. */
export async function replayLanes(
  lanes: readonly ReplayedLane[],
  span: Span,
  onBar: (traded: TradedBar) => void,
  run: RunInputs | null = null,
): Promise<void> {
  const cursors = lanes.map((lane) => openCursor(lane, span));
  const totals = new Map<string, LaneTotal>();
  let control: Control | null = null;
  for (;;) {
    const barMs = Math.min(...cursors.map(({ next }) => next?.openTimeMs ?? Infinity));
    if (barMs === Infinity || barMs > span.toMs) return;
    for (const cursor of cursors) {
      if (cursor.next?.openTimeMs !== barMs) continue;
      const { trader, builder, modelAt, next: bar } = cursor;
      const seen = { bar, state: builder.push(bar), atr: builder.atr };
      const recorded = run?.decisionAt(cursor.symbol, barMs) ?? null;
      const outside = {
        ...NOTHING_OUTSIDE,
        control,
        totals,
        ...(recorded !== null && run?.outsideOf(recorded)),
      };
      const ruled = await trader.rule(cursor.lane, seen, modelAt(barMs));
      const traded: TradedBar = executeAsRecorded(trader, ruled, outside, recorded);
      cursor.lane = traded.lane;
      cursor.next = nextOf(cursor.bars);
      totals.set(cursor.symbol, traded.total);
      if (traded.nextControl !== null) { // a limit that was broken halts the account as it does in trading
        control = traded.nextControl;
        run?.limited(control);
      }
      onBar(traded);
    }
  }
}

/** At the first bar of the span. */
function openCursor({ bars, ...lane }: ReplayedLane, { fromMs }: Span): Cursor {
  const iterator = bars[Symbol.iterator]();
  let next = nextOf(iterator);
  for (; next !== null && next.openTimeMs < fromMs; next = nextOf(iterator)) lane.builder.push(next);
  return { ...lane, bars: iterator, next, lane: null };
}

function nextOf(bars: Iterator<Bar>): Bar | null {
  const { done, value } = bars.next();
  return done ? null : value;
}
