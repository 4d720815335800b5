/** How the actions' values moved over the last decisions. */
import { useRef } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { signed } from "../components/format.ts";
import { useDrawnChart } from "../live/drawn_chart.ts";
import { chart, seriesVersion, useRecent, useShared } from "../live/page_signals.ts";

export default function ValueStrip() {
  const { actionNames } = useShared("settings");
  const [decision] = useRecent().decisions;
  const names = useRef(actionNames);
  names.current = actionNames;
  const { box } = useDrawnChart(async () => {
    const { QPlot } = await import("../live/q_plot.ts");
    return (place) => new QPlot(place);
  }, (made) => {
    void seriesVersion.value;
    made.update(chart.marks, names.current);
  });
  return (
    <Card title="Q of each action" aside={<span>last 120 decisions, in σ</span>} kind="q-strip">
      <ul class="legend">
        {actionNames.map((name, index) => (
          <li key={name}>
            <i class={`line line-${index}`} aria-hidden="true" />
            {name} <b>{signed(decision?.heads.action?.[index], 3)}</b>
          </li>
        ))}
      </ul>
      <div class="q-plot" ref={box} aria-hidden="true" />
    </Card>
  );
}
