/** A chart in its place, with the same in words beside it. The canvas is for those who see it; the words are for all. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Drawing, LinePlot, PlotLooks } from "../live/line_plot.ts";

interface LineChartProps {
  drawing: Drawing;
  looks: PlotLooks;
  /** One of the styles' heights. */
  size: "strip" | "tall" | "square";
  /** What it shows, in a sentence with figures. */
  children: ComponentChildren;
}

export function LineChart({ drawing, looks, size, children }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<LinePlot | null>(null);
  const latest = useRef(drawing);
  latest.current = drawing;
  useEffect(() => {
    let gone = false;
    void import("../live/line_plot.ts").then(({ LinePlot }) => {
      if (gone || box.current === null) return;
      plot.current = new LinePlot(box.current, looks);
      plot.current.draw(latest.current);
    });
    return () => {
      gone = true;
      plot.current?.[Symbol.dispose]();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.draw(drawing), [drawing]);
  return (
    <figure class={`line-chart ${size}`}>
      <div class="line-plot">
        <div class="plot" ref={box} aria-hidden="true" />
      </div>
      <figcaption>{children}</figcaption>
    </figure>
  );
}
