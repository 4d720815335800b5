/** Every process with what it says of itself. */
import type { Heartbeat } from "../../services/core/contracts/system.ts";
import { Badge, HEALTH_TONES } from "../components/badge.tsx";
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Figures } from "../components/figures.tsx";
import { decimal, duration } from "../components/format.ts";
import { healthOf } from "../live/health.ts";
import { useIsLost, useNowMs, useShared } from "../live/page_signals.ts";

export default function ProcessTable() {
  const processes = useShared("processes");
  const [nowMs, lost] = [useNowMs(), useIsLost()];
  return (
    <Card
      title="Processes"
      kind="process-table"
      aside={<span>a heartbeat comes once a second</span>}
    >
      <DataTable
        name="processes"
        rows={processes}
        columns={processColumns(nowMs, lost)}
        rowKey={({ id }) => id}
        empty="No process has reported yet. Each reports within a second of its start."
      />
    </Card>
  );
}

function processColumns(nowMs: number, lost: boolean): readonly Column<Heartbeat>[] {
  const health = ({ atMs }: Heartbeat) => healthOf(nowMs - atMs, lost);
  return [
    {
      key: "state",
      title: "State",
      value: health,
      cell: (row) => <Badge tone={HEALTH_TONES[health(row)]}>{health(row)}</Badge>,
    },
    { key: "id", title: "Process", value: ({ id }) => id, cell: ({ id }) => <strong>{id}</strong> },
    { key: "pid", title: "PID", value: ({ pid }) => pid, isNumber: true },
    {
      key: "memoryMb",
      title: "Memory",
      value: ({ memoryMb }) => memoryMb,
      cell: ({ memoryMb }) => `${decimal(memoryMb, 1)} MB`,
      isNumber: true,
    },
    {
      key: "upSeconds",
      title: "Up",
      value: ({ startedMs, atMs }) => Math.round((atMs - startedMs) / 1_000),
      cell: ({ startedMs, atMs }) => duration(atMs - startedMs),
      isNumber: true,
    },
    {
      key: "ageMs",
      title: "Heard",
      value: ({ atMs }) => Math.max(0, Math.round(nowMs - atMs)),
      cell: ({ atMs }) => lost ? "–" : `${duration(nowMs - atMs)} ago`,
      isNumber: true,
    },
    { key: "activity", title: "Activity", value: ({ activity }) => activity },
    {
      key: "figures",
      title: "Figures",
      value: ({ figures }) => Object.entries(figures).map(([name, value]) => `${name} ${value}`).join("; "),
      cell: ({ figures }) => <Figures figures={figures} />,
    },
    {
      key: "metricsUrl",
      title: "Metrics",
      value: ({ metricsUrl }) => metricsUrl ?? null,
      cell: ({ metricsUrl }) => metricsUrl === undefined ? "off" : <code>{metricsUrl}</code>,
    },
  ];
}
