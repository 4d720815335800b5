/** The versions on the equity that they made: where each began to decide. */
import { useMemo } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { money, percent, plural, shortVersion } from "../components/format.ts";
import { LineChart } from "../components/line_chart.tsx";
import type { Drawing } from "../live/line_plot.ts";
import { chart, seriesVersion, useLane, useShared } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";

export default function ModelTimeline() {
  const { rows } = useShared("models");
  const timeframe = useShared("feed")?.timeframe;
  const latest = useLane("latest");
  const startedMs = useLane("startedMs");
  const symbol = useLane("symbol");
  const times = useTimes();
  const adopted = useMemo(() => rows.filter(({ outcome }) => outcome === "adopted").toReversed(), [rows]);
  const zone = times.barZone(timeframe);
  const drawing = useMemo((): Drawing => {
    const { barMs, equity, buyAndHold } = chart.series;
    const start = barMs[0] ?? 0;
    return {
      isLocal: zone !== "UTC",
      x: barMs.map((ms) => ms / 1_000),
      lines: [
        { label: "Equity", values: [...equity], ink: "agent", width: 2 },
        { label: "Buy and hold", values: [...buyAndHold], ink: "benchmark", width: 1.5, dash: "dashed" },
      ],
      // The first version was there before the first bar.
      marks: adopted.map(({ version, adoptAfterMs }) => ({
        x: Math.max(start, adoptAfterMs) / 1_000,
        label: shortVersion(version).slice(2),
        ink: "busy" as const,
      })),
    };
  }, [seriesVersion.value, adopted, zone]);
  return (
    <Card
      title={`Versions on the equity of ${symbol === "" ? "the run" : symbol}`}
      kind="model-timeline"
      aside={<span>bars in {zone}</span>}
    >
      <p class="readout">
        <span class="key agent">
          <i aria-hidden="true" />Equity <b>{money(latest?.equity)}</b>
        </span>
        <span class="key benchmark">
          <i aria-hidden="true" />Buy and hold <b>{money(latest?.buyAndHold)}</b>
        </span>
        <span class="key adoption">
          <i aria-hidden="true" />A version begins to decide
        </span>
      </p>
      <LineChart
        drawing={drawing}
        looks={{
          isTime: true,
          format: (value) => value.toLocaleString("en-US", { maximumFractionDigits: 0 }),
        }}
        size="tall"
      >
        {latest === null
          ? "The equity begins with the first live bar; each version that is adopted is marked on it."
          : `${plural(adopted.length, "version")} decided from ${times.bar(startedMs, timeframe)} to ${
            times.bar(latest.barMs, timeframe)
          }: equity ${money(latest.equity)}, buy and hold ${money(latest.buyAndHold)}, ${
            latest.equity >= latest.buyAndHold ? "ahead" : "behind"
          } by ${percent(Math.abs(latest.equity / latest.buyAndHold - 1), 2)}.`}
      </LineChart>
      {adopted.length > 0 && (
        <ol class="adoptions">
          {adopted.map(({ id, version, adoptAfterMs }) => (
            <li key={id}>
              <code>{shortVersion(version)}</code>{" "}
              <span class="faint">after {times.bar(adoptAfterMs, timeframe)}</span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
