/** The market of the chosen symbol and what was done in it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { MarketLegend } from "../components/market_legend.tsx";
import { MarketReadout } from "../components/market_readout.tsx";
import { MarketSummary } from "../components/market_summary.tsx";
import { RangeChoice } from "../components/range_choice.tsx";
import { useDrawnChart } from "../live/drawn_chart.ts";
import { loadOlder } from "../live/older_bars.ts";
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
  const shown = { bars, timeframe, zone: zone.value };
  const latest = useRef({ shown, symbol });
  latest.current = { shown, symbol };
  const { box, plot } = useDrawnChart(async () => {
    const { MarketChart } = await import("../live/market_chart.ts");
    return (place) => {
      const made = new MarketChart(place, {
        onReading,
        onNeedOlder: () => void loadOlder(latest.current.symbol),
      });
      made.show(latest.current.shown);
      return made;
    };
  }, (made, place) => {
    void seriesVersion.value;
    made.update(chart);
    place.dataset.bars = String(chart.bars.length);
  });
  useEffect(() => plot.current?.show(shown), [bars, timeframe, shown.zone]);
  return box;
}
