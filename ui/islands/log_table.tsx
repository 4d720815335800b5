/** The last lines of all processes' logs together. */
import { useState } from "preact/hooks";
import type { LogLine } from "../../services/core/contracts/system.ts";
import { Badge, type Tone } from "../components/badge.tsx";
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count } from "../components/format.ts";
import { useShared } from "../live/page_signals.ts";
import type { LogRow } from "../live/run_views.ts";
import { type Times, useTimes } from "../live/times.ts";

/** Each level shows itself and what is worse. */
const LEVELS = ["info", "warn", "error"] as const satisfies readonly LogLine["level"][];
const TONES: Record<LogLine["level"], Tone> = { info: "idle", warn: "warn", error: "bad" };

export default function LogTable() {
  const log = useShared("log");
  const times = useTimes();
  const [level, setLevel] = useState<LogLine["level"]>("info");
  const [process, setProcess] = useState("");
  const processes = [...new Set(log.map((line) => line.process))].sort();
  const rows = log.filter((line) =>
    LEVELS.indexOf(line.level) >= LEVELS.indexOf(level) && (process === "" || line.process === process)
  );
  return (
    <Card title="Log" kind="log-table" aside={<span>the last {count(log.length)} lines, newest first</span>}>
      <DataTable
        name="log"
        rows={rows}
        columns={columnsIn(times)}
        rowKey={({ id }) =>
          id}
        filterLabel="Filter by message or field"
        controls={
          <>
            <select
              aria-label="Least level"
              value={level}
              onChange={(event) => setLevel(event.currentTarget.value as LogLine["level"])}
            >
              <option value="info">info and above</option>
              <option value="warn">warnings and errors</option>
              <option value="error">errors</option>
            </select>
            <select
              aria-label="Process"
              value={process}
              onChange={(event) =>
                setProcess(event.currentTarget.value)}
            >
              <option value="">all processes</option>
              {processes.map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
          </>
        }
        empty={log.length === 0
          ? "No line yet. Each process puts its lines here as it writes them."
          : "No line is of this level."}
      />
    </Card>
  );
}

function columnsIn(times: Times): readonly Column<LogRow>[] {
  return [
    {
      key: "at",
      title: `Time (${times.zoneName})`,
      value: ({ atMs }) => new Date(atMs).toISOString(),
      cell: ({ atMs }) => times.moment(atMs),
    },
    {
      key: "level",
      title: "Level",
      value: ({ level }) => level,
      cell: ({ level }) => <Badge tone={TONES[level]}>{level}</Badge>,
    },
    { key: "process", title: "Process", value: ({ process }) => process },
    {
      key: "message",
      title: "Message",
      value: ({ message }) => message,
      cell: ({ message }) => <span class="wrap">{message}</span>,
    },
    {
      key: "fields",
      title: "Fields",
      value: ({ fields }) => fields,
      cell: ({ fields }) => <code class="cut" title={fields}>{fields}</code>,
    },
  ];
}
