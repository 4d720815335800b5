/** The model that decides, why it passed the gate, and the versions before it. */
import type { GateStep, ModelEvent, ModelMetadata } from "../../services/core/contracts/model.ts";
import { Fragment } from "preact";
import { Card, Empty } from "../components/card.tsx";
import { Fact } from "../components/fact.tsx";
import { barDate, count, shortVersion } from "../components/format.ts";
import { GateSteps } from "../components/verdicts.tsx";
import { useShared } from "../live/page_signals.ts";

export default function ModelPanel() {
  const { current, metadata, events } = useShared("model");
  const timeframe = useShared("feed")?.timeframe;
  if (current === null) {
    const [last] = events;
    return (
      <Card title="Model" kind="model">
        <Empty>
          No model serves yet: the first is learned from history, has to pass the gate, and then decides for a
          while without orders.
        </Empty>
        <div class="model-parts">
          {last !== undefined && <GateSteps title="Gate" steps={last.gate} />}
          {events.length > 0 && <Versions events={events} timeframe={timeframe} current={null} />}
        </div>
      </Card>
    );
  }
  return (
    <Card title="Model" aside={<code title={current.version}>{current.version}</code>} kind="model">
      <dl class="facts thirds-facts">
        <Fact name="Learned through">{`${barDate(metadata?.learnedThroughMs, timeframe)} UTC`}</Fact>
        <Fact name="Updates">{count(metadata?.updates)}</Fact>
        <Fact name="Experiences">
          {`${count(metadata?.experiences)} · ${count(metadata?.liveExperiences)} live`}
        </Fact>
      </dl>
      {metadata?.provisional && (
        <p class="reason">Provisional: it has beaten staying flat, as there was no champion to beat.</p>
      )}
      <div class="model-parts">
        <GateSteps title="Gate" steps={stepsOf(current.version, events, metadata)} />
        <Versions events={events} timeframe={timeframe} current={current.version} />
      </div>
    </Card>
  );
}

/** Those of its adoption, which its metadata do not know: they were stored before its time in the shadow. */
function stepsOf(
  version: string,
  events: readonly ModelEvent[],
  metadata: ModelMetadata | null,
): readonly GateStep[] {
  const adopted = events.find((event) => event.version === version && event.outcome === "adopted");
  return adopted?.gate ?? metadata?.gate ?? [];
}

const VERDICTS: Readonly<Record<ModelEvent["outcome"], string>> = {
  adopted: "●\u00a0adopted",
  shadow: "◐\u00a0decides without orders",
  held: "○\u00a0passed, another is held",
  refused: "■\u00a0refused",
};

/** Why a candidate was refused; null for one that was not. */
function refusalOf({ gate }: ModelEvent): string | null {
  const step = gate.find(({ passed }) => !passed);
  return step === undefined ? null : `${step.step}: ${step.reason}`;
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
          <Fragment key={`${event.version}@${event.adoptAfterMs}`}>
            <tr class={event.version === current ? "current" : ""}>
              <th scope="row">
                <code title={event.version}>{shortVersion(event.version)}</code>
              </th>
              <td>{VERDICTS[event.outcome]}</td>
              <td>{barDate(event.adoptAfterMs, timeframe)}</td>
              <td class="number">{count(event.updates)}</td>
            </tr>
            {refusalOf(event) !== null && (
              <tr class="why">
                <td colSpan={4} class="reason">{refusalOf(event)}</td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}
