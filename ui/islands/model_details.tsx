/** One version: where it comes from, what the gate said, and how far its confidence can be believed. */
import { useMemo } from "preact/hooks";
import type { ModelMetadata } from "../../services/core/contracts/model.ts";
import { Card, Empty } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, figure, percent, plural, shortVersion } from "../components/format.ts";
import { LineChart } from "../components/line_chart.tsx";
import { GateSteps, VerdictBadge } from "../components/verdicts.tsx";
import type { Drawing } from "../live/line_plot.ts";
import { useShared } from "../live/page_signals.ts";
import type { ModelRow, Reliability } from "../live/run_views.ts";
import { useTimes } from "../live/times.ts";
import { chooseVersion, chosenVersion, useVersionOfAddress } from "../live/version_choice.ts";

export default function ModelDetails() {
  const { current, rows } = useShared("models");
  useVersionOfAddress();
  const asked = chosenVersion.value ?? current?.version ?? rows[0]?.version;
  const row = rows.find(({ version }) => version === asked) ?? rows[0];
  if (row === undefined) {
    return (
      <Card title="Version" kind="model-details">
        <Empty>Nothing was judged yet. The first version appears when history is learned.</Empty>
      </Card>
    );
  }
  return (
    <Card
      title="Version"
      kind="model-details"
      aside={
        <select
          aria-label="Version shown"
          value={row.version}
          onChange={(event) => chooseVersion(event.currentTarget.value)}
        >
          {[...new Set(rows.map(({ version }) => version))].map((version) => (
            <option key={version} value={version} selected={version === row.version}>
              {version}
              {version === current?.version ? " (serves)" : ""}
            </option>
          ))}
        </select>
      }
    >
      <p class="version-line">
        <VerdictBadge outcome={row.outcome} /> <code>{row.version}</code>
      </p>
      {row.metadata === null
        ? (
          <p class="reason">
            It was not stored, as it did not pass: all that is known of it is what the gate said after{" "}
            {plural(row.updates, "update")}.
          </p>
        )
        : <Metadata metadata={row.metadata} />}
      <h3>Gate</h3>
      <GateSteps steps={row.gate} />
      <h3>Confidence</h3>
      <ReliabilityCurve reliability={row.reliability} row={row} />
    </Card>
  );
}

function Metadata({ metadata }: { metadata: ModelMetadata }) {
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  const { parent } = metadata;
  const facts: [string, string][] = [
    ["Strategy", metadata.strategy],
    ["Parent", parent ?? "none: the first"],
    ["Made", `${times.moment(metadata.createdMs)} ${times.zoneName}`],
    ["Learned through", `${times.bar(metadata.learnedThroughMs, timeframe)} ${times.barZone(timeframe)}`],
    ["Updates", count(metadata.updates)],
    ["Experiences", `${count(metadata.experiences)} · ${count(metadata.liveExperiences)} live`],
    ["Bytes", count(metadata.bytes)],
    ["Provisional", metadata.provisional ? "yes: it has beaten nothing but staying flat" : "no"],
    ["Schema hash", metadata.schemaHash],
    ["SHA-256", metadata.sha256],
    ...Object.entries(metadata.metrics).map(([name, value]): [string, string] => [name, figure(value)]),
  ];
  return (
    <dl class="facts wide">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type Bin = Reliability["reliability"][number];

const BIN_COLUMNS: readonly Column<Bin>[] = [
  {
    key: "scoreFrom",
    title: "Lead in Q from",
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

function ReliabilityCurve({ reliability, row }: { reliability: Reliability | null; row: ModelRow }) {
  const bins = useMemo(
    () => (reliability?.reliability ?? []).toSorted((a, b) => a.predicted - b.predicted),
    [reliability],
  );
  const drawing = useMemo((): Drawing => {
    const x = [...new Set([0, ...bins.map(({ predicted }) => predicted), 1])].sort((a, b) => a - b);
    const observedAt = new Map(bins.map(({ predicted, observed }) => [predicted, observed]));
    return {
      x,
      lines: [
        { label: "exact", values: x, ink: "muted", width: 1, isDashed: true },
        { label: "observed", values: x.map((at) => observedAt.get(at) ?? null), ink: "agent", width: 0 },
      ],
    };
  }, [bins]);
  if (reliability === null) {
    return (
      <Empty>
        {row.metadata === null
          ? "A candidate that was refused left no curve."
          : "No curve was fitted yet: too few decisions were followed against their runner-up."}
      </Empty>
    );
  }
  const { ece, horizon, fittedOn } = reliability;
  return (
    <div class="reliability">
      <LineChart
        drawing={drawing}
        looks={{ range: [0, 1], format: (value) => percent(value, 0), formatX: (value) => percent(value, 0) }}
        size="square"
      >
        How often a decision was said to beat its runner-up (across), and how often it did (up); on the dashed
        line both agree. Off by {percent(ece)} on average (ECE), on {plural(fittedOn, "decision")}{" "}
        that were not learned from, each followed for at most {plural(horizon, "bar")}.
      </LineChart>
      <DataTable
        name={`reliability of ${shortVersion(row.version)}`}
        rows={bins}
        columns={BIN_COLUMNS}
        rowKey={({ scoreFrom, scoreTo }) => `${scoreFrom} ${scoreTo}`}
        empty="No bins."
      />
    </div>
  );
}
