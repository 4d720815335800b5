/** The market of the chosen symbol and what was done in it. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { MarketLegend } from "../components/market_legend.tsx";
import { MarketReadout } from "../components/market_readout.tsx";
import { MarketSummary } from "../components/market_summary.tsx";
import { RangeChoice } from "../components/range_choice.tsx";
import { loadOlder } from "../live/older_bars.ts";
import type { MarketChart as Chart } from "../live/market_chart.ts";
import { chart, seriesVersion, useLane, useShared } from "../live/page_signals.ts";
import { zone } from "../live/preferences.ts";

export default function MarketChart() {
  const [bars, setBars] = useState(120);
  const [barMs, setBarMs] = useState<number | null>(null);
  const symbol = useLane("symbol");
  const feed = useShared("feed");
  const box = useChart({ bars, timeframe: feed?.timeframe, symbol, onReading: setBarMs });
  return (
    <Card
      title={symbol === "" ? "Market" : symbol}
      kind="chart market"
      aside={<RangeChoice bars={bars} choose={setBars} ranges={[60, 120, 250, 1_000, Infinity]} />}
    >
      <MarketReadout barMs={barMs} timeframe={feed?.timeframe} />
      <div class="plot-place tall">
        <div class="plot" ref={box} aria-hidden="true" />
      </div>
      <MarketLegend />
      <MarketSummary />
    </Card>
  );
}

interface ChartUse {
  bars: number;
  timeframe: string | undefined;
  symbol: string;
  onReading: (barMs: number | null) => void;
}

/** Loads the chart in the browser and keeps it drawn. */
function useChart({ bars, timeframe, symbol, onReading }: ChartUse) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Chart | null>(null);
  const shown = { bars, timeframe, zone: zone.value };
  const latest = useRef({ shown, symbol });
  latest.current = { shown, symbol };
  useEffect(() => {
    let gone = false;
    let stop = () => {};
    void import("../live/market_chart.ts").then(({ MarketChart }) => {
      if (gone || box.current === null) return;
      const place = box.current;
      const made = new MarketChart(place, {
        onReading,
        onNeedOlder: () => void loadOlder(latest.current.symbol),
      });
      plot.current = made;
      made.show(latest.current.shown);
      const stopFollowing = effect(() => {
        void seriesVersion.value;
        made.update(chart);
        place.dataset.bars = String(chart.bars.length);
      });
      stop = () => {
        stopFollowing();
        made[Symbol.dispose]();
      };
    });
    return () => {
      gone = true;
      stop();
    };
  }, []);
  useEffect(() => plot.current?.show(shown), [bars, timeframe, shown.zone]);
  return box;
}
