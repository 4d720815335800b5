/** Every verdict of the gate, newest first, and why. */
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, shortVersion } from "../components/format.ts";
import { decidingStep, VerdictBadge } from "../components/verdicts.tsx";
import { useShared } from "../live/page_signals.ts";
import type { ModelRow } from "../live/run_views.ts";
import { type Times, useTimes } from "../live/times.ts";
import { chooseVersion } from "../live/version_choice.ts";

export default function ModelVerdicts() {
  const { rows, current } = useShared("models");
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  return (
    <Card title="Verdicts" kind="verdicts" aside={<span>newest first</span>}>
      <DataTable
        name="verdicts"
        rows={rows}
        columns={columnsIn(times, timeframe)}
        rowKey={({ id }) => id}
        rowClass={({ version }) => version === current?.version ? "current" : ""}
        filterLabel="Filter by version, verdict or reason"
        empty="No verdict yet. The first comes when history is learned."
      />
    </Card>
  );
}

function whyOf({ gate }: ModelRow): string {
  const step = decidingStep(gate);
  return step === undefined ? "" : `${step.step}: ${step.reason}`;
}

function columnsIn(times: Times, timeframe: string | undefined): readonly Column<ModelRow>[] {
  return [
    {
      key: "at",
      title: `Judged (${times.zoneName})`,
      value: ({ atMs }) => new Date(atMs).toISOString(),
      cell: ({ atMs }) => times.moment(atMs),
    },
    {
      key: "bar",
      title: `Bar (${times.barZone(timeframe)})`,
      value: ({ adoptAfterMs }) => new Date(adoptAfterMs).toISOString(),
      cell: ({ adoptAfterMs }) => times.bar(adoptAfterMs, timeframe),
    },
    {
      key: "version",
      title: "Version",
      value: ({ version }) => version,
      cell: ({ version }) => (
        <button
          type="button"
          class="link"
          title={`Show ${version}`}
          onClick={() => chooseVersion(version)}
        >
          <code>{shortVersion(version)}</code>
        </button>
      ),
    },
    {
      key: "outcome",
      title: "Verdict",
      value: ({ outcome }) => outcome,
      cell: ({ outcome }) => <VerdictBadge outcome={outcome} />,
    },
    {
      key: "strategy",
      title: "Strategy",
      value: ({ metadata }) => metadata?.strategy ?? null,
      cell: ({ metadata }) => metadata?.strategy ?? "–",
    },
    {
      key: "parent",
      title: "Parent",
      value: ({ metadata }) => metadata?.parent ?? null,
      cell: ({ metadata }) => <code>{shortVersion(metadata?.parent)}</code>,
    },
    {
      key: "updates",
      title: "Updates",
      value: ({ updates }) => updates,
      cell: ({ updates }) => count(updates),
      isNumber: true,
    },
    {
      key: "ece",
      title: "ECE",
      value: ({ reliability }) => reliability?.ece ?? null,
      cell: ({ reliability }) => reliability === null ? "–" : `${(reliability.ece * 100).toFixed(1)} %`,
      isNumber: true,
    },
    { key: "why", title: "Why", value: whyOf, cell: (row) => <span class="reason wrap">{whyOf(row)}</span> },
  ];
}
