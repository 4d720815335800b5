/** One version: where it comes from, and what the gate said. */
import type { ModelMetadata } from "../../services/core/contracts/model.ts";
import { Card, Empty } from "../components/card.tsx";
import { figureName, figureText } from "../components/figure_text.ts";
import { count, plural } from "../components/format.ts";
import { GateSteps, VerdictBadge } from "../components/verdicts.tsx";
import { useShared } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";
import { chooseVersion, useShownVersion } from "../live/version_choice.ts";

export default function ModelDetails() {
  const { current, rows } = useShared("models");
  const row = useShownVersion();
  if (row === undefined) {
    return (
      <Card title="Version" kind="model-details">
        <Empty>Nothing was judged yet. The first version appears when history is learned.</Empty>
      </Card>
    );
  }
  return (
    <Card
      title="Version"
      kind="model-details"
      aside={
        <select
          aria-label="Version shown"
          value={row.version}
          onChange={(event) => chooseVersion(event.currentTarget.value)}
        >
          {[...new Set(rows.map(({ version }) => version))].map((version) => (
            <option key={version} value={version} selected={version === row.version}>
              {version}
              {version === current?.version ? " (serves)" : ""}
            </option>
          ))}
        </select>
      }
    >
      <p class="version-line">
        <VerdictBadge outcome={row.outcome} /> <code>{row.version}</code>
      </p>
      {row.metadata === null
        ? (
          <p class="reason">
            It was not stored, as it did not pass: all that is known of it is what the gate said after{" "}
            {plural(row.updates, "update")}.
          </p>
        )
        : <Metadata metadata={row.metadata} />}
      <GateSteps steps={row.gate} />
    </Card>
  );
}

/** As the names of the other facts begin. */
function capital(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function Metadata({ metadata }: { metadata: ModelMetadata }) {
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  const { parent } = metadata;
  const facts: [string, string][] = [
    ["Strategy", metadata.strategy],
    ["Parent", parent ?? "none: the first"],
    ["Made", `${times.moment(metadata.createdMs)} ${times.zoneName}`],
    ["Learned through", `${times.bar(metadata.learnedThroughMs, timeframe)} ${times.barZone(timeframe)}`],
    ["Updates", count(metadata.updates)],
    ["Experiences", `${count(metadata.experiences)} · ${count(metadata.liveExperiences)} live`],
    ["Bytes", count(metadata.bytes)],
    ["Provisional", metadata.provisional ? "yes: it has beaten nothing but staying flat" : "no"],
    ["Schema hash", metadata.schemaHash],
    ["SHA-256", metadata.sha256],
    ...Object.entries(metadata.metrics).map((
      [name, value],
    ): [string, string] => [capital(figureName(name)), figureText(name, value)]),
  ];
  return (
    <dl class="facts wide">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
