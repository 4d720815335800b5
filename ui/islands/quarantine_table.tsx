/** Inputs that were put aside, each with its reason. */
import { useState } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count } from "../components/format.ts";
import { useShared } from "../live/page_signals.ts";
import type { QuarantineRow } from "../live/run_views.ts";
import { type Times, useTimes } from "../live/times.ts";

export default function QuarantineTable() {
  const rows = useShared("quarantined");
  const { count: total } = useShared("quarantine");
  const times = useTimes();
  const [rule, setRule] = useState("");
  const rules = [...new Set(rows.map((row) => row.rule))].sort();
  return (
    <Card
      title="Quarantine"
      kind="quarantine-table"
      aside={<span>the last {count(rows.length)} of {count(total)}, newest first</span>}
    >
      <DataTable
        name="quarantine"
        rows={rule === "" ? rows : rows.filter((row) => row.rule === rule)}
        columns={columnsIn(times)}
        rowKey={({ id }) => id}
        filterLabel="Filter by source, reason or content"
        controls={
          <select
            aria-label="Rule"
            value={rule}
            onChange={(event) => setRule(event.currentTarget.value)}
          >
            <option value="">all rules</option>
            {rules.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        }
        empty="Nothing was put aside. An input that breaks a rule appears here as soon as it is met."
      />
    </Card>
  );
}

function columnsIn(times: Times): readonly Column<QuarantineRow>[] {
  return [
    {
      key: "at",
      title: `Time (${times.zoneName})`,
      value: ({ atMs }) => new Date(atMs).toISOString(),
      cell: ({ atMs }) => times.moment(atMs),
    },
    { key: "process", title: "Process", value: ({ process }) => process },
    { key: "rule", title: "Rule", value: ({ rule }) => rule },
    {
      key: "reason",
      title: "Reason",
      value: ({ reason }) => reason,
      cell: ({ reason }) => <span class="wrap">{reason}</span>,
    },
    { key: "source", title: "Source", value: ({ source }) => source },
    { key: "entry", title: "Entry", value: ({ entry }) => entry },
    {
      key: "content",
      title: "Content",
      value: ({ content }) => content,
      cell: ({ content }) => <code class="cut" title={content}>{content}</code>,
    },
  ];
}
