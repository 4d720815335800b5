/** Takes a lane over recorded bars: the same states, decisions and money as in a run of the whole system, without Redis. */
import type { Bar } from "../../core/contracts/bar.ts";
import type { Control } from "../../core/contracts/control.ts";
import type { StateBuilder } from "../../core/features/state_builder.ts";
import type { Lane } from "../../core/lane/lane_step.ts";
import type { LaneTrader, TradedBar } from "../../core/lane/lane_trader.ts";
import type { LoadedModel } from "../../core/lane/loaded_model.ts";
import { NOTHING_OUTSIDE } from "../../core/lane/risk_desk.ts";
import type { Span } from "./span.ts";

export interface ReplayParts {
  readonly trader: LaneTrader;
  /** A fresh one. */
  readonly builder: StateBuilder;
  /** The model that decides a bar; null for none. */
  readonly modelAt: (barMs: number) => LoadedModel | null;
  readonly onBar: (traded: TradedBar) => void;
}

/** Decides the bars of the span; those before it warm the features up.
 * @param bars The whole history, oldest first. */
export async function replayLane(bars: Iterable<Bar>, span: Span, parts: ReplayParts): Promise<void> {
  const { trader, builder, modelAt, onBar } = parts;
  let lane: Lane | null = null;
  let control: Control | null = null;
  for (const bar of bars) {
    if (bar.openTimeMs > span.toMs) return;
    const state = builder.push(bar);
    if (bar.openTimeMs < span.fromMs) continue;
    const traded: TradedBar = await trader.trade(
      lane,
      { bar, state, atr: builder.atr },
      modelAt(bar.openTimeMs),
      { ...NOTHING_OUTSIDE, control },
    );
    lane = traded.lane;
    control = traded.nextControl ?? control; // a limit that was broken halts the lane as it does in trading
    onBar(traded);
  }
}
