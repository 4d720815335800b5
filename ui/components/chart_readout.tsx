/** The chart's legend, which also tells the figures of the bar under the pointer, or else of the newest. */
import type { EquityReading } from "../live/equity_plot.ts";
import { useTimes } from "../live/times.ts";
import { money, percent, signedMoney } from "./format.ts";

export type Reading = EquityReading;

export function ChartReadout(
  { reading, timeframe }: { reading: Reading | null; timeframe: string | undefined },
) {
  const times = useTimes();
  return (
    <div class="readout">
      <span class="readout-date">
        {times.bar(reading?.barMs, timeframe)} {times.barZone(timeframe)}
      </span>
      <span class="key agent">
        <i aria-hidden="true" />Equity <b>{money(reading?.equity)}</b>
      </span>
      <span class="key benchmark">
        <i aria-hidden="true" />Buy and hold <b>{money(reading?.buyAndHold)}</b>
      </span>
      <span class="key">
        Difference <b>{reading === null ? "–" : signedMoney(reading.equity - reading.buyAndHold)}</b>
      </span>
      <span class="key depths">
        Under peak <b>{percent(reading?.drawdown)}</b>, buy and hold <b>{percent(reading?.holdDrawdown)}</b>
      </span>
    </div>
  );
}
