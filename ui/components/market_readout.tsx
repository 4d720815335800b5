/** The bar under the pointer, or else the newest: its prices, and what was held and decided. */
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import { chart, seriesVersion } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";
import { decimal, price } from "./format.ts";

export function MarketReadout(
  { barMs, timeframe }: { barMs: number | null; timeframe: Timeframe | undefined },
) {
  const times = useTimes();
  void seriesVersion.value; // the newest bar is read anew with each change
  const bar = barMs === null
    ? chart.bars.at(-1)
    : chart.bars.findLast(({ openTimeMs }) => openTimeMs === barMs);
  const mark = chart.marks.findLast((each) => each.barMs === bar?.openTimeMs);
  return (
    <div class="readout market-readout">
      <span class="readout-date">
        {times.bar(bar?.openTimeMs, timeframe)} {times.barZone(timeframe)}
      </span>
      <span class="key">
        O <b>{price(bar?.open)}</b>
      </span>
      <span class="key">
        H <b>{price(bar?.high)}</b>
      </span>
      <span class="key">
        L <b>{price(bar?.low)}</b>
      </span>
      <span class="key">
        C <b>{price(bar?.close)}</b>
      </span>
      <span class="key volume">
        Vol <b>{decimal(bar?.volume, 0)}</b>
      </span>
      <span class="key wide">{mark === undefined ? "" : doing(mark.action, mark.outcome)}</span>
    </div>
  );
}

function doing(action: string | null, outcome: string): string {
  return `decided ${action ?? "nothing"} · ${outcome}`;
}
