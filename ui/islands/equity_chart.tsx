/** Equity against buy-and-hold with the executed trades. Until the first point, its place shows how far the start has come. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { ChartSummary } from "../components/chart_summary.tsx";
import { ChartReadout, type Reading } from "../components/chart_readout.tsx";
import { StartupSteps } from "../components/startup_steps.tsx";
import type { EquityPlot } from "../live/equity_plot.ts";
import { chart, seriesVersion, useLane, useShared } from "../live/page_signals.ts";

const RANGES = [{ name: "All", bars: Infinity }, { name: "250", bars: 250 }, {
  name: "60",
  bars: 60,
}] as const;

export default function EquityChart() {
  const [bars, setBars] = useState<number>(Infinity);
  const [reading, setReading] = useState<Reading | null>(null);
  const latest = useLane("latest");
  const timeframe = useShared("feed")?.timeframe;
  const box = usePlot(bars, timeframe, setReading);
  return (
    <Card
      title="Equity vs buy-and-hold"
      kind="chart"
      aside={
        <div class="ranges" role="group" aria-label="Bars shown">
          {RANGES.map((range) => (
            <button
              key={range.name}
              type="button"
              aria-pressed={bars === range.bars}
              onClick={() => setBars(range.bars)}
            >
              {range.name}
              <span class="sr-only">bars</span>
            </button>
          ))}
        </div>
      }
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
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<EquityPlot | null>(null);
  useEffect(() => {
    let gone = false;
    let stop = () => {};
    void import("../live/equity_plot.ts").then(({ EquityPlot }) => {
      if (gone || box.current === null) return;
      const made = new EquityPlot(box.current, onReading);
      plot.current = made;
      made.show({ bars, timeframe });
      const stopFollowing = effect(() => {
        void seriesVersion.value;
        made.update(chart);
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
  useEffect(() => plot.current?.show({ bars, timeframe }), [bars, timeframe]);
  return box;
}
