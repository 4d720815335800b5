/** Every process with what it says of itself, and which symbols the replicas lead. */
import type { Heartbeat } from "../../services/core/contracts/system.ts";
import { Badge, HEALTH_TONES } from "../components/badge.tsx";
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, decimal, duration, figure } from "../components/format.ts";
import { healthOf } from "../live/health.ts";
import { useIsLost, useNowMs, useShared } from "../live/page_signals.ts";
import type { LeaseRow } from "../live/run_views.ts";

export default function ProcessTable() {
  const processes = useShared("processes");
  const { leases } = useShared("system");
  const [nowMs, lost] = [useNowMs(), useIsLost()];
  return (
    <Card
      title="Processes and replicas"
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
      <h3>Leases</h3>
      <DataTable
        name="leases"
        rows={leases}
        columns={leaseColumns(nowMs, lost)}
        rowKey={({ symbol }) => symbol}
        empty="No symbol is led yet. A replica takes its symbols when the gate has judged the first model."
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
      cell: ({ figures }) => (
        <span class="figures">
          {Object.entries(figures).map(([name, value]) => (
            <span key={name}>
              <span class="faint">{name}</span> {figure(value)}
            </span>
          ))}
        </span>
      ),
    },
    {
      key: "metricsUrl",
      title: "Metrics",
      value: ({ metricsUrl }) => metricsUrl ?? null,
      cell: ({ metricsUrl }) => metricsUrl === undefined ? "off" : <code>{metricsUrl}</code>,
    },
  ];
}

function leaseColumns(nowMs: number, lost: boolean): readonly Column<LeaseRow>[] {
  const isHeld = ({ replica, expiresMs }: LeaseRow) => replica !== "" && expiresMs > nowMs;
  const stateOf = (row: LeaseRow) =>
    lost ? "unknown" : isHeld(row) ? "led" : row.replica === "" ? "free" : "expired";
  return [
    {
      key: "state",
      title: "State",
      value: stateOf,
      cell: (row) => <Badge tone={lost ? "idle" : isHeld(row) ? "good" : "warn"}>{stateOf(row)}</Badge>,
    },
    { key: "symbol", title: "Symbol", value: ({ symbol }) => symbol },
    {
      key: "replica",
      title: "Replica",
      value: ({ replica }) => replica,
      cell: ({ replica }) => replica || "nobody",
    },
    {
      key: "token",
      title: "Fencing token",
      value: ({ token }) => token,
      cell: ({ token }) => count(token),
      isNumber: true,
    },
  ];
}
