/** Takes a lane over recorded bars by a rule that needs no model; its money goes the same way as the model's. */
import { orderTo } from "../../core/account/order.ts";
import type { Bar } from "../../core/contracts/bar.ts";
import { AverageRange } from "../../core/features/average_range.ts";
import { type Lane, stepLane } from "../../core/lane/lane_step.ts";
import type { Strategy } from "../../core/lane/strategy.ts";
import { LaneBook } from "./lane_book.ts";
import type { Span } from "./span.ts";

/** Says at a bar's close which target to hold from the next open on, a signed fraction of equity; null to leave it as it is.
 * It is told of every bar of the history, and may order in the span alone. */
export type Script = (bar: Bar, isInSpan: boolean) => number | null;

export function scriptedLane(
  symbol: string,
  bars: Iterable<Bar>,
  span: Span,
  strategy: Pick<Strategy, "cash" | "rulesOf">,
  script: Script,
): LaneBook {
  const book = new LaneBook(symbol);
  const range = strategy.rulesOf(symbol).slippage.model === "atr_share" ? new AverageRange() : null;
  let lane: Lane | null = null;
  for (const bar of bars) {
    if (bar.openTimeMs > span.toMs) break;
    range?.push(bar);
    const isInSpan = bar.openTimeMs >= span.fromMs;
    const target = script(bar, isInSpan);
    if (!isInSpan) continue;
    const step = stepLane({ account: "baseline", symbol }, lane, bar, range?.value ?? null, strategy);
    lane = { ...step.lane, pending: target === null ? null : orderTo(target, bar.openTimeMs) };
    book.add({ barMs: bar.openTimeMs, ...step });
  }
  return book;
}
