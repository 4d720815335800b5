/** Whether all is well, at a glance. */
import type { FeedStatus } from "../../services/core/contracts/feed_status.ts";
import { Badge, HEALTH_TONES } from "../components/badge.tsx";
import { count, duration, megabytes, percent, plural } from "../components/format.ts";
import { Tile } from "../components/tile.tsx";
import { healthOf } from "../live/health.ts";
import { useIsLost, useNowMs, useShared } from "../live/page_signals.ts";
import type { StreamRow } from "../live/run_views.ts";
import { useTimes } from "../live/times.ts";

export default function SystemTiles() {
  return (
    <dl class="tiles">
      <TradingTile />
      <ProcessTile />
      <DataTile />
      <LagTile />
      <MemoryTile />
      <ArchiveTile />
      <QuarantineTile />
      <LogTile />
    </dl>
  );
}

function TradingTile() {
  const { control } = useShared("system");
  const halted = control?.state === "halted";
  return (
    <Tile
      name="Trading"
      value={<Badge tone={halted ? "bad" : "good"}>{halted ? "halted" : "allowed"}</Badge>}
    >
      {control === null ? "never halted" : `by ${control.by}`}
    </Tile>
  );
}

function ProcessTile() {
  const processes = useShared("processes");
  const [nowMs, lost] = [useNowMs(), useIsLost()];
  const healths = processes.map(({ atMs }) => healthOf(nowMs - atMs, lost));
  const up = healths.filter((health) => health === "up").length;
  const worst = (["gone", "late", "unknown"] as const).find((health) => healths.includes(health)) ?? "up";
  return (
    <Tile name="Processes" value={`${count(up)} of ${count(processes.length)}`}>
      <Badge tone={HEALTH_TONES[worst]}>{worst === "up" ? "all up" : `one is ${worst}`}</Badge>
    </Tile>
  );
}

function DataTile() {
  const feed = useShared("feed");
  const { streams, stepMs } = useShared("system");
  const bars = streams.filter(({ name }) => name === "bars");
  const [nowMs, times] = [useNowMs(), useTimes()];
  const newestMs = Math.max(
    -1,
    ...bars.map(({ newest }) => newest === null ? -1 : Number(newest.split("-")[0])),
  );
  if (feed === null || stepMs === null || newestMs < 0) {
    return <Tile name="Data age" value="–">no bar yet</Tile>;
  }
  return (
    <Tile name="Data age" value={ageText(feed, bars, newestMs + stepMs, nowMs)}>
      {`${feed.state === "ended" ? "ended" : "bar"} ${times.bar(newestMs, feed.timeframe)} ${
        times.barZone(feed.timeframe)
      }`}
    </Tile>
  );
}

/** In a market that runs in real time, since its last bar closed; replayed bars are as old as when the last one came. */
function ageText(feed: FeedStatus, bars: readonly StreamRow[], closedMs: number, nowMs: number): string {
  if (feed.plannedLiveBars === null) return duration(nowMs - closedMs);
  const seenMs = Math.max(-1, ...bars.map(({ seenMs }) => seenMs ?? -1));
  return seenMs < 0 ? "–" : duration(nowMs - seenMs);
}

function LagTile() {
  const { streams } = useShared("system");
  const late = streams.map((row) => ({ ...row, late: Math.max(0, row.waiting - row.usual) }))
    .sort((a, b) => b.late - a.late)[0];
  return (
    <Tile name="Largest lag" value={count(late?.late)}>
      {late === undefined
        ? "no stream yet"
        : late.late === 0
        ? "nothing waits"
        : `${late.name} for ${late.reader}`}
    </Tile>
  );
}

function MemoryTile() {
  const { memory } = useShared("system");
  return (
    <Tile name="Redis" unit="MB" value={memory === null ? "–" : megabytes(memory.usedBytes)}>
      {memory === null
        ? "not known"
        : memory.limitBytes === null
        ? "no limit of its own"
        : `${percent(memory.usedBytes / memory.limitBytes)} of ${megabytes(memory.limitBytes)} MB`}
    </Tile>
  );
}

function ArchiveTile() {
  const { streams, archiveBudgetMb } = useShared("system");
  const archived = new Map(streams.map(({ key, archived }) => [key, archived]));
  const sum = [...archived.values()].reduce((total, entries) => total + entries, 0);
  return (
    <Tile name="Archived" value={archiveBudgetMb === null ? "–" : count(sum)}>
      {archiveBudgetMb === null ? "all stays in Redis" : `entries · beyond ${count(archiveBudgetMb)} MB`}
    </Tile>
  );
}

function QuarantineTile() {
  const { count: total } = useShared("quarantine");
  return (
    <Tile name="Quarantine" value={count(total)}>
      <Badge tone={total === 0 ? "good" : "warn"}>
        {total === 0 ? "empty" : "look below"}
      </Badge>
    </Tile>
  );
}

function LogTile() {
  const log = useShared("log");
  const errors = log.filter(({ level }) => level === "error").length;
  const warnings = log.filter(({ level }) => level === "warn").length;
  return (
    <Tile name="Log" value={count(errors)} unit={errors === 1 ? "error" : "errors"}>
      {plural(warnings, "warning")} · {plural(log.length, "line")}
    </Tile>
  );
}
