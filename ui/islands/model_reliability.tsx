/** How far the confidence of a version can be believed: what it said, and what came true. */
import { useMemo } from "preact/hooks";
import { Card, Empty } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, figure, percent, plural, shortVersion } from "../components/format.ts";
import { LineChart } from "../components/line_chart.tsx";
import type { Drawing } from "../live/line_plot.ts";
import type { Reliability } from "../live/run_views.ts";
import { useShownVersion } from "../live/version_choice.ts";

type Bin = Reliability["reliability"][number];

const BIN_COLUMNS: readonly Column<Bin>[] = [
  {
    key: "scoreFrom",
    title: "Lead in Q, σ, from",
    value: ({ scoreFrom }) => scoreFrom,
    cell: ({ scoreFrom }) => figure(scoreFrom),
    isNumber: true,
  },
  {
    key: "scoreTo",
    title: "to",
    value: ({ scoreTo }) => scoreTo,
    cell: ({ scoreTo }) => figure(scoreTo),
    isNumber: true,
  },
  {
    key: "predicted",
    title: "Said",
    value: ({ predicted }) => predicted,
    cell: ({ predicted }) => percent(predicted),
    isNumber: true,
  },
  {
    key: "observed",
    title: "Came true",
    value: ({ observed }) => observed,
    cell: ({ observed }) => percent(observed),
    isNumber: true,
  },
  {
    key: "count",
    title: "Decisions",
    value: ({ count: of }) => of,
    cell: ({ count: of }) => count(of),
    isNumber: true,
  },
];

/** Tenths that hold all of them, so that neighbours can be told apart. */
function rangeOf(bins: readonly Bin[]): [number, number] {
  const values = bins.flatMap(({ predicted, observed }) => [predicted, observed]);
  const low = Math.floor(Math.min(0.4, ...values) * 10) / 10;
  return [low, Math.ceil(Math.max(0.6, ...values) * 10) / 10];
}

function drawingOf(bins: readonly Bin[]): Drawing {
  const range = rangeOf(bins);
  const x = [...new Set([range[0], ...bins.map(({ predicted }) => predicted), range[1]])].sort((a, b) =>
    a - b
  );
  const observedAt = new Map(bins.map(({ predicted, observed }) => [predicted, observed]));
  return {
    x,
    range,
    nameX: (value) => percent(value, 0),
    lines: [
      { label: "exact", values: x, ink: "muted", width: 1, dash: "dashed" },
      { label: "observed", values: x.map((at) => observedAt.get(at) ?? null), ink: "agent", width: 0 },
    ],
  };
}

export default function ModelReliability() {
  const row = useShownVersion();
  const reliability = row?.reliability ?? null;
  return (
    <Card
      title="Confidence"
      kind="model-confidence"
      aside={row !== undefined && <code title={row.version}>{shortVersion(row.version)}</code>}
    >
      {reliability === null
        ? (
          <Empty>
            {row === undefined || row.metadata !== null
              ? "No curve was fitted yet: it takes decisions that were followed against their runner-up."
              : "A candidate that was refused left no curve."}
          </Empty>
        )
        : <Curve reliability={reliability} name={`reliability of ${row!.version}`} />}
    </Card>
  );
}

function Curve({ reliability, name }: { reliability: Reliability; name: string }) {
  const bins = useMemo(
    () => reliability.reliability.toSorted((a, b) => a.predicted - b.predicted),
    [reliability],
  );
  const drawing = useMemo(() => drawingOf(bins), [bins]);
  const { ece, horizon, fittedOn } = reliability;
  return (
    <div class="reliability">
      <LineChart
        drawing={drawing}
        looks={{ format: (value) => percent(value, 0) }}
        size="square"
      >
        How often a decision was said to beat its runner-up (across), and how often it did (up); on the dashed
        line both agree. Off by {percent(ece)} on average (ECE), on {plural(fittedOn, "decision")}{" "}
        that were not learned from, each followed for at most {plural(horizon, "bar")}.
      </LineChart>
      <DataTable
        name={name}
        rows={bins}
        columns={BIN_COLUMNS}
        rowKey={({ scoreFrom, scoreTo }) => `${scoreFrom} ${scoreTo}`}
        empty="No bins."
      />
    </div>
  );
}
