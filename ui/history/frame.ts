/** One step of a lane as replay shows it: what was known at a bar's close, and apart from that what came of it. */
import type { Bar } from "../../services/core/contracts/bar.ts";
import type { RewardRecord } from "../../services/core/contracts/learning.ts";
import type { MarkedEquity } from "../live/lane_history.ts";
import type { DecisionRow, Reasons, Trade } from "../live/messages.ts";

/** What an earlier decision has earned. */
export interface Settled {
  barMs: number;
  outcome: RewardRecord;
}

export interface Frame {
  bar: Bar;
  decision: DecisionRow;
  /** The market features that the network saw, scaled. */
  state: number[];
  point: MarkedEquity | null;
  /** Fills on this bar. */
  trades: Trade[];
  reasons: Reasons | null;
  /** What the decision earned: known only when the bar after the next one opens, so it is shown on demand. Null where it is not
   * known yet, or was learned too long ago. */
  outcome: RewardRecord | null;
  /** The decision of two bars before, whose last price is this bar's open: its reward is known by now. */
  settled: Settled | null;
}
