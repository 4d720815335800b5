/** The chart in a sentence: for those who cannot see it, and for those who want it short. */
import { useLane, useShared } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";
import { money, percent, plural } from "./format.ts";

export function ChartSummary() {
  const latest = useLane("latest");
  const startedMs = useLane("startedMs");
  const bars = useLane("bars");
  const fills = useLane("tradeCount");
  const deepest = useLane("maxDrawdown");
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  if (latest === null) return <p class="chart-summary">Equity appears with the first live bar.</p>;
  const ahead = latest.equity >= latest.buyAndHold;
  return (
    <p class="chart-summary">
      {plural(bars, "bar")} from {times.bar(startedMs, timeframe)} to {times.bar(latest.barMs, timeframe)}
      {" "}
      {times.barZone(timeframe)}: equity {money(latest.equity)}, buy-and-hold {money(latest.buyAndHold)};{" "}
      {ahead ? "ahead" : "behind"} by {percent(Math.abs(latest.equity / latest.buyAndHold - 1), 2)}.{" "}
      {plural(fills, "fill")}, deepest drawdown {percent(deepest)}.
    </p>
  );
}
