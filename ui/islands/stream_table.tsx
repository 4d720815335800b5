/** How far the reader of each stream is behind, and what lies in Redis and in files. */
import { Badge } from "../components/badge.tsx";
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, decimal, duration, megabytes, percent, plural } from "../components/format.ts";
import { useNowMs, useShared } from "../live/page_signals.ts";
import type { MemoryView, StreamRow } from "../live/run_views.ts";
import { type Times, useTimes } from "../live/times.ts";

export default function StreamTable() {
  const { streams, furtherSymbols, memory, archiveBudgetMb } = useShared("system");
  const timeframe = useShared("feed")?.timeframe;
  const [nowMs, times] = [useNowMs(), useTimes()];
  return (
    <Card
      title="Streams"
      kind="stream-table"
      aside={furtherSymbols > 0 && <span>{plural(furtherSymbols, "further symbol")} not looked at</span>}
    >
      <Memory memory={memory} budgetMb={archiveBudgetMb} />
      <DataTable
        name="streams"
        rows={streams}
        columns={columnsIn(times, timeframe, nowMs)}
        rowKey={({ symbol, name }) => `${symbol} ${name}`}
        filterLabel="Filter by symbol, stream or reader"
        empty="No stream yet. They begin with the feed."
      />
    </Card>
  );
}

function Memory({ memory, budgetMb }: { memory: MemoryView | null; budgetMb: number | null }) {
  if (memory === null) {
    return <p class="reason">How much memory Redis takes is not known: its server was not asked.</p>;
  }
  const { usedBytes, peakBytes, limitBytes, policy, clients, version } = memory;
  return (
    <div class="memory">
      <p>
        Redis {version} takes <b data-figure="used">{megabytes(usedBytes)} MB</b>
        {limitBytes === null
          ? " and has no limit of its own"
          : ` of ${megabytes(limitBytes)} MB (${percent(usedBytes / limitBytes)})`}; at most it took{" "}
        {megabytes(peakBytes)} MB. {plural(clients, "connection")}; at its limit: {policy}. {budgetMb === null
          ? "Nothing is archived: all stays in Redis."
          : `What streams take beyond ${count(budgetMb)} MB moves into the archive once all have read it.`}
      </p>
      {limitBytes !== null && <meter value={usedBytes} max={limitBytes} aria-label="Memory of Redis" />}
    </div>
  );
}

function lateness({ waiting, usual, newest }: StreamRow): number {
  return newest === null ? 0 : Math.max(0, waiting - usual);
}

function columnsIn(times: Times, timeframe: string | undefined, nowMs: number): readonly Column<StreamRow>[] {
  const bar = (id: string | null) => id === null ? "–" : times.bar(Number(id.split("-")[0]), timeframe);
  const entries = (key: "entries" | "archived" | "waiting", title: string): Column<StreamRow> => ({
    key,
    title,
    value: (row) => row[key],
    cell: (row) => count(row[key]),
    isNumber: true,
  });
  return [
    { key: "symbol", title: "Symbol", value: ({ symbol }) => symbol },
    {
      key: "stream",
      title: "What",
      value: ({ name }) => name,
      cell: ({ name, key }) => <span title={key}>{name}</span>,
    },
    { key: "reader", title: "For", value: ({ reader }) => reader },
    {
      key: "lag",
      title: "Lag",
      value: lateness,
      cell: (row) => (
        <Badge tone={lateness(row) === 0 ? "good" : lateness(row) > 10 ? "bad" : "warn"}>
          {row.newest === null ? "unused" : lateness(row) === 0 ? "none" : decimal(lateness(row), 0)}
        </Badge>
      ),
    },
    entries("waiting", "Waiting"),
    { key: "usual", title: "Usual", value: ({ usual }) => usual, isNumber: true },
    {
      key: "newest",
      title: `Newest (${times.barZone(timeframe)})`,
      value: ({ newest }) => newest,
      cell: ({ newest }) => bar(newest),
    },
    { key: "done", title: "Dealt with", value: ({ done }) => done, cell: ({ done }) => bar(done) },
    {
      key: "seenMs",
      title: "Came",
      value: ({ seenMs }) => seenMs,
      cell: ({ seenMs }) => seenMs === null ? "earlier" : `${duration(nowMs - seenMs)} ago`,
      isNumber: true,
    },
    entries("entries", "Entries"),
    entries("archived", "In files"),
  ];
}
