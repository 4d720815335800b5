/** Champion against challenger: what serves, what wants to, and how far the challenger has come. */
import { Badge } from "../components/badge.tsx";
import { Card, Empty } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, percent, plural, shortVersion, signedPercent } from "../components/format.ts";
import { decidingStep, VerdictBadge } from "../components/verdicts.tsx";
import { evidenceOf, type EvidencePoint } from "../live/evidence.ts";
import { useShared } from "../live/page_signals.ts";
import type { ModelRow, ShadowView } from "../live/run_views.ts";
import { type Times, useTimes } from "../live/times.ts";

export default function ModelChallenge() {
  const { current, rows, shadow, hold, holdAnswer } = useShared("models");
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  const challenger = rows.find(({ version }) => version !== current?.version);
  const evidence = challenger && evidenceOf(rows).find(({ version }) => version === challenger.version);
  return (
    <Card
      title="Champion against challenger"
      kind="challenge"
      aside={<span>bars in {times.barZone(timeframe)}</span>}
    >
      {current === null
        ? <Empty>No model serves yet: the first is learned from history and has to pass the gate.</Empty>
        : (
          <p>
            <Badge tone="good">serves</Badge>{" "}
            <code title={current.version}>{shortVersion(current.version)}</code>{" "}
            <span class="reason">since the bar after {times.bar(current.adoptAfterMs, timeframe)}</span>
          </p>
        )}
      {hold !== null && hold.version !== null && (
        <p>
          <Badge tone="warn">held by hand</Badge> <code>{shortVersion(hold.version)}</code>{" "}
          <span class="reason">
            {hold.reason}
            {(holdAnswer?.refused ?? null) !== null && ` (refused: ${holdAnswer?.refused})`}
          </span>
        </p>
      )}
      {challenger === undefined
        ? (
          <Empty>
            No challenger yet: the gate judges a candidate after every publish_every_bars live bars.
          </Empty>
        )
        : <Challenger row={challenger} evidence={evidence} />}
      {shadow !== null && <Shadow shadow={shadow} times={times} timeframe={timeframe} />}
    </Card>
  );
}

function Challenger({ row, evidence }: { row: ModelRow; evidence: EvidencePoint | undefined }) {
  const step = decidingStep(row.gate);
  return (
    <>
      <p>
        <VerdictBadge outcome={row.outcome} /> <code title={row.version}>{shortVersion(row.version)}</code>
        {" "}
        <span class="reason">{step === undefined ? "" : `${step.step}: ${step.reason}`}</span>
      </p>
      {evidence !== undefined && (
        <table class="versus">
          <thead>
            <tr>
              <th scope="col">Over {plural(evidence.bars, "bar")}</th>
              <th scope="col" class="number">Challenger</th>
              <th scope="col" class="number">Champion</th>
              <th scope="col" class="number">Buy and hold</th>
            </tr>
          </thead>
          <tbody>
            <Versus
              name="Growth"
              cells={[evidence.growth, evidence.championGrowth, evidence.holdingGrowth].map((of) =>
                signedPercent(of)
              )}
            />
            <Versus
              name={`Better than ${evidence.championGrowth === null ? "flat" : "the champion"}, probability`}
              cells={[percent(evidence.better), "–", "–"]}
            />
            <Versus name="Turnover a bar" cells={[percent(evidence.turnover), "–", "–"]} />
            <Versus name="Drawdown" cells={[percent(evidence.drawdown), "–", "–"]} />
          </tbody>
        </table>
      )}
    </>
  );
}

function Versus({ name, cells }: { name: string; cells: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((text, index) => <td key={index} class="number">{text}</td>)}
    </tr>
  );
}

interface ShadowProps {
  shadow: ShadowView;
  times: Times;
  timeframe: string | undefined;
}

function Shadow({ shadow, times, timeframe }: ShadowProps) {
  const { version, bars, wanted, decisions, differing, last } = shadow;
  return (
    <div class="shadow">
      <h3>In the shadow: {shortVersion(version)}</h3>
      <p class="reason">
        It has decided {count(bars)} of {plural(wanted, "bar")} without orders; {count(differing)} of{" "}
        {plural(decisions, "decision")} differ from the champion's.
      </p>
      <progress value={bars} max={wanted} aria-label="Bars decided in the shadow" />
      <DataTable
        name="shadow decisions"
        rows={last}
        columns={shadowColumns(times, timeframe)}
        rowKey={({ symbol, barMs }) => `${symbol} ${barMs}`}
        empty="It decides with the next live bar."
      />
    </div>
  );
}

function shadowColumns(
  times: Times,
  timeframe: string | undefined,
): readonly Column<ShadowView["last"][number]>[] {
  return [
    {
      key: "bar",
      title: `Bar (${times.barZone(timeframe)})`,
      value: ({ barMs }) => new Date(barMs).toISOString(),
      cell: ({ barMs }) => times.bar(barMs, timeframe),
    },
    { key: "symbol", title: "Symbol", value: ({ symbol }) => symbol },
    { key: "choice", title: "Choice", value: ({ choice }) => choice ?? "none" },
    { key: "differs", title: "Against the champion", value: ({ differs }) => differs ? "▲ differs" : "same" },
    {
      key: "reason",
      title: "Why",
      value: ({ reason }) => reason,
      cell: ({ reason }) => <span class="wrap">{reason}</span>,
    },
  ];
}
