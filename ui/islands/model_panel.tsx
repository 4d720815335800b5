/** The model that decides, why it passed the gate, and the versions before it. */
import type { GateStep, ModelEvent } from "../../services/core/contracts/model.ts";
import { Badge } from "../components/badge.tsx";
import { Card, Empty } from "../components/card.tsx";
import { barDate, count, figure, shortVersion } from "../components/format.ts";
import { useShared } from "../live/page_signals.ts";

export default function ModelPanel() {
  const { current, metadata, events } = useShared("model");
  const timeframe = useShared("feed")?.timeframe;
  if (current === null) {
    return (
      <Card title="Model" kind="model">
        <Empty>
          No model yet. The first is learned from history and appears when it has passed the gate.
        </Empty>
        {events.length > 0 && <Versions events={events} timeframe={timeframe} current={null} />}
      </Card>
    );
  }
  return (
    <Card title="Model" aside={<code title={current.version}>{current.version}</code>} kind="model">
      <dl class="facts">
        <Fact name="Learned through" value={`${barDate(metadata?.learnedThroughMs, timeframe)} UTC`} />
        <Fact name="Updates" value={count(metadata?.updates)} />
        <Fact
          name="Experiences"
          value={`${count(metadata?.experiences)} · ${count(metadata?.liveExperiences)} live`}
        />
      </dl>
      {metadata !== null && <Gate steps={metadata.gate} />}
      <Versions events={events} timeframe={timeframe} current={current.version} />
    </Card>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Gate({ steps }: { steps: readonly GateStep[] }) {
  return (
    <div class="gate">
      <h3>Gate</h3>
      {steps.map(({ step, passed, reason, figures }) => (
        <div key={step} class="gate-step">
          <Badge tone={passed ? "good" : "bad"}>{step} {passed ? "passed" : "failed"}</Badge>
          <span class="reason">{reason}</span>
          <span class="figures">
            {Object.entries(figures).map(([name, value]) => (
              <span key={name}>
                <span class="faint">{name}</span> {figure(value)}
              </span>
            ))}
          </span>
        </div>
      ))}
    </div>
  );
}

interface VersionsProps {
  events: readonly ModelEvent[];
  timeframe: string | undefined;
  current: string | null;
}

function Versions({ events, timeframe, current }: VersionsProps) {
  return (
    <table class="versions">
      <caption>Last versions</caption>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Verdict</th>
          <th scope="col">Learned to (UTC)</th>
          <th scope="col" class="number">Updates</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr key={`${event.version}@${event.atMs}`} class={event.version === current ? "current" : ""}>
            <th scope="row">
              <code title={event.version}>{shortVersion(event.version)}</code>
            </th>
            <td>{event.adopted ? "● adopted" : "■ refused"}</td>
            <td>{barDate(event.adoptAfterMs, timeframe)}</td>
            <td class="number">{count(event.updates)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
