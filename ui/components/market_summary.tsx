/** The market chart in a sentence: for those who cannot see it, and for those who want it short. */
import { chart, seriesVersion, useLane, useRecent, useShared } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";
import { percent, plural, price } from "./format.ts";

export function MarketSummary() {
  const feed = useShared("feed");
  const latest = useLane("latest");
  const trades = useLane("tradeCount");
  const [decision] = useRecent().decisions;
  const times = useTimes();
  void seriesVersion.value;
  const last = chart.bars.at(-1);
  if (last === undefined && latest === null) {
    return <p class="chart-summary">Candles appear with the first bars of history.</p>;
  }
  const date = `${times.bar(last?.openTimeMs ?? latest?.barMs, feed?.timeframe)} ${
    times.barZone(feed?.timeframe)
  }`;
  const account = decision?.laneAccount;
  const side = Math.sign(Number(account?.quantity ?? 0));
  return (
    <p class="chart-summary">
      Bar {date}: close {price(last?.close)}. {side === 0 || account === undefined ? "Flat" : (
        <>
          {side > 0 ? "Long" : "Short"} {percent(Math.abs(latest?.position ?? 0), 0)} of equity from{" "}
          {price(Number(account.entryPrice))},{" "}
          {Number(account.stopPrice) > 0 ? `stop ${price(Number(account.stopPrice))}` : "no stop"},{" "}
          {Number(account.takePrice) > 0 ? `take ${price(Number(account.takePrice))}` : "no take"}
        </>
      )}
      {(account?.cooldownLeft ?? 0) > 0 && side === 0
        ? `; no entry for ${plural(account!.cooldownLeft, "bar")} (cooldown)`
        : ""}. {plural(trades, "fill")} so far.
    </p>
  );
}
