/** Each figure of learning over the updates: what was reported behind its smoothed line. */
import { useMemo } from "preact/hooks";
import { Card, Empty } from "../components/card.tsx";
import { count, figure, percent } from "../components/format.ts";
import { LineChart } from "../components/line_chart.tsx";
import { smoothed } from "../components/smoothing.ts";
import { latestOfEach } from "../live/latest_of_each.ts";
import type { Drawing } from "../live/line_plot.ts";
import { useShared } from "../live/page_signals.ts";
import type { LearningReport } from "../live/run_views.ts";

interface Strip {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  readonly pick: (report: LearningReport) => number;
  /** Counted or set, not measured: nothing to smooth. */
  readonly isExact?: boolean;
  readonly format?: (value: number) => string;
}

const STRIPS: readonly Strip[] = [
  { name: "Loss", unit: "σ²", about: "Mean squared TD error.", pick: ({ loss }) => loss },
  { name: "TD error", unit: "σ", about: "Mean |target − W|.", pick: ({ meanAbsTd }) => meanAbsTd },
  {
    name: "Q",
    unit: "σ",
    about: "Mean W of the afterstates learned from.",
    pick: ({ meanValue }) => meanValue,
  },
  { name: "Gradient norm", unit: "", about: "Before clipping.", pick: ({ gradNorm }) => gradNorm },
  {
    name: "Updates a second",
    unit: "/s",
    about: "While it learns.",
    pick: ({ updatesPerSecond }) => updatesPerSecond,
  },
  {
    name: "Replay fill",
    unit: "",
    about: "Steps held, of those it may hold.",
    pick: ({ replayed, replayCapacity }) => replayCapacity === 0 ? 0 : replayed / replayCapacity,
    isExact: true,
    format: (value) => percent(value),
  },
  {
    name: "Epsilon",
    unit: "",
    about: "Share of live decisions drawn at random.",
    pick: ({ epsilon }) => epsilon,
    isExact: true,
    format: (value) => percent(value, 2),
  },
];
/** Of the updates, the smoothed line follows so many. */
const SMOOTHED_SHARE = 1 / 24;

export default function LearningCharts() {
  const { points, stride, count: reports } = useShared("learningCurve");
  return (
    <Card
      title="Learning"
      kind="learning-charts"
      aside={
        <span>
          {count(reports)} reports{stride > 1 && `, one of ${stride} drawn`}{" "}
          · raw behind smoothed · over updates
        </span>
      }
    >
      {points.length === 0
        ? (
          <Empty>
            No updates yet. The curves begin when history is in and the trainer has started; then a report
            comes with each 250 updates, and with each live bar.
          </Empty>
        )
        : (
          <div class="strip-grid">
            {STRIPS.map((strip) => <Chart key={strip.name} strip={strip} points={points} />)}
          </div>
        )}
    </Card>
  );
}

function Chart({ strip, points }: { strip: Strip; points: readonly LearningReport[] }) {
  const { name, unit, about, pick, isExact = false, format = figure } = strip;
  const values = useMemo(() => points.map(pick), [points]);
  const drawing = useMemo((): Drawing => {
    const drawn = latestOfEach(points);
    const x = drawn.map(({ updates }) => updates);
    const axis = { x, nameX: count };
    const span = SMOOTHED_SHARE * ((x.at(-1) ?? 0) - (x[0] ?? 0));
    const reported = drawn.map(pick);
    if (isExact) return { ...axis, lines: [{ label: name, values: reported, ink: "agent" }] };
    return {
      ...axis,
      lines: [
        { label: `${name}, reported`, values: reported, ink: "muted", width: 1, isFaint: true },
        { label: name, values: smoothed(reported, x, span), ink: "agent" },
      ],
    };
  }, [points]);
  const newest = `${format(values.at(-1) ?? NaN)}${unit === "" ? "" : ` ${unit}`}`;
  const finite = values.filter(Number.isFinite);
  return (
    <div class="strip-chart" data-strip={name}>
      <h3>
        {name} <b class="strip-newest">{newest}</b>
      </h3>
      <LineChart
        drawing={drawing}
        looks={{ format: strip.format }}
        size="strip"
      >
        {about} From {format(finite[0] ?? NaN)} to {format(finite.at(-1) ?? NaN)}, lowest{" "}
        {format(Math.min(...finite))}, highest {format(Math.max(...finite))}.
      </LineChart>
    </div>
  );
}
