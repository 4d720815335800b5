/** Which processes are up, and what was put into quarantine. */
import type { Heartbeat, Quarantined } from "../../services/core/contracts/system.ts";
import { Badge, HEALTH_TONES } from "../components/badge.tsx";
import { Card, Empty } from "../components/card.tsx";
import { figureName, figureText } from "../components/figure_text.ts";
import { count, decimal, duration, moment } from "../components/format.ts";
import { healthOf } from "../live/health.ts";
import { connection, useNowMs, useShared } from "../live/page_signals.ts";

export default function ProcessHealth() {
  const processes = useShared("processes");
  const heard = connection.value === "live" || connection.value === "connecting";
  const redis = useShared("redis").state;
  const lost = !heard || redis !== "connected";
  const nowMs = useNowMs();
  return (
    <Card title="Processes" kind="health">
      {processes.length === 0
        ? <Empty>No process has reported yet. Each reports within a second of its start.</Empty>
        : (
          <ul class="processes">
            {processes.map((process) => (
              <Process key={process.id} process={process} ageMs={nowMs - process.atMs} lost={lost} />
            ))}
          </ul>
        )}
      <Quarantine {...useShared("quarantine")} />
    </Card>
  );
}

function Process({ process, ageMs, lost }: { process: Heartbeat; ageMs: number; lost: boolean }) {
  const health = healthOf(ageMs, lost);
  const figures = Object.entries(process.figures)
    .map(([name, value]) => `${figureName(name)} ${figureText(name, value)}`)
    .join(", ");
  return (
    <li>
      <Badge tone={HEALTH_TONES[health]}>{health}</Badge>
      <strong>{process.id}</strong>
      <span class="memory number">{decimal(process.memoryMb, 0)} MB</span>
      <span class="age number" title="Age of its last heartbeat">{lost ? "–" : duration(ageMs)}</span>
      <span class="activity" title={figures}>{process.activity}</span>
    </li>
  );
}

function Quarantine({ count: total, last }: { count: number; last: readonly Quarantined[] }) {
  return (
    <div class="quarantine">
      <h3>
        Quarantine <Badge tone={total === 0 ? "good" : "warn"}>{total === 0 ? "empty" : count(total)}</Badge>
      </h3>
      {last.length > 0 && (
        <ul>
          {last.map((item) => (
            <li key={`${item.atMs}${item.source}${item.entry}`}>
              <time>{moment(item.atMs)} UTC</time> <strong>{item.process}</strong>
              <p title={`${item.source} ${item.entry}`}>{item.reason}</p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
