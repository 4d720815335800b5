/** Equity against buy-and-hold, and how far each lies under its peak. Until the first point, its place shows how far the start has
 * come. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { ChartReadout, type Reading } from "../components/chart_readout.tsx";
import { ChartSummary } from "../components/chart_summary.tsx";
import { RangeChoice } from "../components/range_choice.tsx";
import { StartupSteps } from "../components/startup_steps.tsx";
import { useDrawnChart } from "../live/drawn_chart.ts";
import { chart, seriesVersion, useLane, useShared } from "../live/page_signals.ts";
import { zone } from "../live/preferences.ts";

export default function EquityChart() {
  const [bars, setBars] = useState<number>(Infinity);
  const [reading, setReading] = useState<Reading | null>(null);
  const latest = useLane("latest");
  const timeframe = useShared("feed")?.timeframe;
  const box = usePlot(bars, timeframe, setReading);
  return (
    <Card
      title="Equity vs buy-and-hold"
      kind="chart equity"
      aside={<RangeChoice bars={bars} choose={setBars} ranges={[60, 250, Infinity]} />}
    >
      <ChartReadout reading={reading ?? latest} timeframe={timeframe} />
      <div class="plot-place">
        <div class="plot" ref={box} aria-hidden="true" />
        {latest === null && <Startup />}
      </div>
      <ChartSummary />
    </Card>
  );
}

function Startup() {
  const trainer = useShared("processes").find(({ process }) => process === "trainer");
  return (
    <StartupSteps
      setup={useShared("setup")}
      feed={useShared("feed")}
      trainer={trainer?.activity ?? null}
      learning={useShared("learning").at(-1) ?? null}
    />
  );
}

/** Loads the plot in the browser and keeps it drawn. */
function usePlot(bars: number, timeframe: string | undefined, onReading: (reading: Reading | null) => void) {
  const shown = { bars, timeframe, zone: zone.value };
  const latest = useRef(shown);
  latest.current = shown;
  const { box, plot } = useDrawnChart(async () => {
    const { EquityPlot } = await import("../live/equity_plot.ts");
    return (place) => {
      const made = new EquityPlot(place, onReading);
      made.show(latest.current);
      return made;
    };
  }, (made) => {
    void seriesVersion.value;
    made.update(chart.series);
  });
  useEffect(() => plot.current?.show(shown), [bars, timeframe, shown.zone]);
  return box;
}
