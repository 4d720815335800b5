/** How good what is learned is on bars that were decided before they were learned from; and where other proofs are kept. */
import { useMemo } from "preact/hooks";
import { Card, Empty } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, percent, shortVersion, signed, signedPercent } from "../components/format.ts";
import { LineChart } from "../components/line_chart.tsx";
import { evidenceOf, type EvidencePoint } from "../live/evidence.ts";
import type { Drawing } from "../live/line_plot.ts";
import { useShared } from "../live/page_signals.ts";
import { type Times, useTimes } from "../live/times.ts";

export default function EvidenceCurve() {
  const { rows } = useShared("models");
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  const points = useMemo(() => evidenceOf(rows), [rows]);
  const zone = times.barZone(timeframe);
  const drawing = useMemo((): Drawing => ({
    isLocal: zone !== "UTC",
    x: points.map(({ barMs }) => barMs / 1_000),
    lines: [
      { label: "candidate", values: points.map(({ growth }) => growth), ink: "agent" },
      {
        label: "champion",
        values: points.map(({ championGrowth }) => championGrowth),
        ink: "busy",
        dash: "dotted",
      },
      {
        label: "buy and hold",
        values: points.map(({ holdingGrowth }) => holdingGrowth),
        ink: "benchmark",
        dash: "dashed",
      },
    ],
  }), [points, zone]);
  const last = points.at(-1);
  return (
    <Card
      title="Validation: decided before learned"
      kind="evidence"
      aside={<span>by verdict of the gate · bars in {zone}</span>}
    >
      {last === undefined ? <NoEvidence /> : (
        <>
          <p class="readout">
            <span class="key agent">
              <i aria-hidden="true" />Candidate <b>{signedPercent(last.growth)}</b>
            </span>
            <span class="key champion">
              <i aria-hidden="true" />Champion <b>{signedPercent(last.championGrowth)}</b>
            </span>
            <span class="key benchmark">
              <i aria-hidden="true" />Buy and hold <b>{signedPercent(last.holdingGrowth)}</b>
            </span>
          </p>
          <LineChart
            drawing={drawing}
            looks={{ isTime: true, format: (value) => percent(value, 0) }}
            size="tall"
          >
            What {count(last.bars)}{" "}
            bars would have earned, each decided before it was learned from, at the verdict on{" "}
            {shortVersion(last.version)}. The count begins anew with each champion, so steps down are no
            losses.
          </LineChart>
          <DataTable
            name="evidence"
            rows={points.toReversed()}
            columns={columnsIn(times, timeframe)}
            rowKey={({ id }) => id}
            empty=""
          />
        </>
      )}
      <OtherProofs />
    </Card>
  );
}

function NoEvidence() {
  return (
    <Empty>
      No evidence yet. It appears with the gate's first verdict at level “full” (gate.level in misc.yaml); at
      other levels the gate asks for none.
    </Empty>
  );
}

/** Validation of `train` where a version has it; yardsticks are the code's, not the run's. */
function OtherProofs() {
  const { rows } = useShared("models");
  const trained = rows.find(({ metadata }) => metadata?.metrics.validationGrowthBp !== undefined);
  return (
    <div class="other-proofs">
      <h3>Other proofs</h3>
      <p class="reason">
        Batch training: {trained?.metadata?.metrics.validationGrowthBp === undefined
          ? "no version here comes from deno task train, so there is no validation part to show."
          : `${shortVersion(trained.version)} earned ${
            signed(trained.metadata.metrics.validationGrowthBp, 2)
          } bp a bar on its validation part (chosen by these very bars, so an upper guess).`}
      </p>
      <p class="reason">
        Yardsticks: on markets whose optimum is known this code learned as follows, with the configuration
        that is delivered (1 is the optimum; figures in docs/yardsticks.md). No run makes them: deno task
        yardstick does.
      </p>
      <div
        class="yardsticks"
        role="img"
        aria-label="Learning curves on markets with a known optimum: score against ticks learned from"
      />
    </div>
  );
}

function columnsIn(times: Times, timeframe: string | undefined): readonly Column<EvidencePoint>[] {
  const share = (
    key: "growth" | "championGrowth" | "holdingGrowth" | "better" | "turnover" | "drawdown",
    title: string,
    places = 2,
  ) => ({
    key,
    title,
    value: (row: EvidencePoint) => row[key],
    cell: (row: EvidencePoint) => percent(row[key], places),
    isNumber: true,
  });
  return [
    {
      key: "bar",
      title: `Bar (${times.barZone(timeframe)})`,
      value: ({ barMs }) => new Date(barMs).toISOString(),
      cell: ({ barMs }) => times.bar(barMs, timeframe),
    },
    {
      key: "version",
      title: "Version",
      value: ({ version }) => version,
      cell: ({ version }) => <code>{shortVersion(version)}</code>,
    },
    { key: "outcome", title: "Verdict", value: ({ outcome }) => outcome },
    {
      key: "bars",
      title: "Bars",
      value: ({ bars }) => bars,
      cell: ({ bars }) => count(bars),
      isNumber: true,
    },
    share("growth", "Candidate"),
    share("championGrowth", "Champion"),
    share("holdingGrowth", "Buy and hold"),
    share("better", "Probably better", 1),
    share("turnover", "Turnover a bar", 1),
    share("drawdown", "Drawdown", 1),
  ];
}
