/** Which replica leads which symbol. */
import { Badge } from "../components/badge.tsx";
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count } from "../components/format.ts";
import { useIsLost, useNowMs, useShared } from "../live/page_signals.ts";
import type { LeaseRow } from "../live/run_views.ts";

export default function LeaseTable() {
  const { leases } = useShared("system");
  const [nowMs, lost] = [useNowMs(), useIsLost()];
  return (
    <Card title="Replicas and their symbols" aside={<span>a lease that is not renewed ends by itself</span>}>
      <DataTable
        name="leases"
        rows={leases}
        columns={leaseColumns(nowMs, lost)}
        rowKey={({ symbol }) =>
          symbol}
        empty="No symbol is led yet. A replica takes its symbols when the gate has judged the first model."
      />
    </Card>
  );
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
