/** The chart's legend, which also tells the figures of the bar under the pointer, or else of the newest. */
import { barDate, money, signed, signedMoney } from "./format.ts";

export interface Reading {
  barMs: number;
  equity: number;
  buyAndHold: number;
  position: number;
}

export function ChartReadout(
  { reading, timeframe }: { reading: Reading | null; timeframe: string | undefined },
) {
  return (
    <div class="readout">
      <span class="readout-date">{barDate(reading?.barMs, timeframe)} UTC</span>
      <span class="key agent">
        <i aria-hidden="true" />Equity <b>{money(reading?.equity)}</b>
      </span>
      <span class="key benchmark">
        <i aria-hidden="true" />Buy and hold <b>{money(reading?.buyAndHold)}</b>
      </span>
      <span class="key">
        Difference <b>{reading === null ? "–" : signedMoney(reading.equity - reading.buyAndHold)}</b>
      </span>
      <span class="key position">
        <i aria-hidden="true" />Position{" "}
        <b>{reading === null ? "–" : `${signed(reading.position * 100, 0)} %`}</b>
      </span>
      <span class="key trades">
        <span aria-hidden="true">▲</span> buy <span aria-hidden="true">▽</span> sell
      </span>
    </div>
  );
}
