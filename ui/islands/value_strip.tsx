/** How the actions' values moved over the last decisions. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { signed } from "../components/format.ts";
import { chart, seriesVersion, useRecent, useShared } from "../live/page_signals.ts";

export default function ValueStrip() {
  const box = useRef<HTMLDivElement>(null);
  const { actionNames } = useShared("settings");
  const [decision] = useRecent().decisions;
  const names = useRef(actionNames);
  names.current = actionNames;
  useEffect(() => {
    let stop = () => {};
    let gone = false;
    void import("../live/q_plot.ts").then(({ QPlot }) => {
      if (gone || box.current === null) return;
      const plot = new QPlot(box.current);
      const stopFollowing = effect(() => {
        void seriesVersion.value;
        plot.update(chart.marks, names.current);
      });
      stop = () => {
        stopFollowing();
        plot[Symbol.dispose]();
      };
    });
    return () => {
      gone = true;
      stop();
    };
  }, []);
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
