/** Every decision of the chosen symbol: new ones as they come, older ones on demand, all of them as CSV. */
import { useEffect, useState } from "preact/hooks";
import { Card } from "../components/card.tsx";
import { type Column, DataTable, numberColumn } from "../components/data_table.tsx";
import { decimal, percent, shortVersion, signed } from "../components/format.ts";
import { type DecisionPast, useDecisionPast } from "../live/decision_past.ts";
import type { DecisionRow } from "../live/messages.ts";
import { useLane, useShared } from "../live/page_signals.ts";
import { replayAddress } from "../live/replay_address.ts";
import { type Times, useTimes } from "../live/times.ts";

const OUTCOMES = ["ordered", "changed", "kept", "refused"] as const;

export default function DecisionHistory() {
  const symbol = useLane("symbol");
  const timeframe = useShared("feed")?.timeframe;
  const { actionNames } = useShared("settings");
  const times = useTimes();
  const past = useDecisionPast(symbol);
  const [action, setAction] = useState("");
  const [outcome, setOutcome] = useState("");
  useEffect(() => {
    const asked = new URL(location.href).searchParams;
    setAction(asked.get("action") ?? "");
    setOutcome(asked.get("outcome") ?? "");
  }, []);
  const rows = past.rows.filter((row) =>
    (action === "" || row.action === action) && (outcome === "" || row.verdict.outcome === outcome)
  );
  return (
    <Card title={`Decisions ${symbol}`} kind="decision-history" aside={<Aside past={past} />}>
      <DataTable
        name={`decisions-${symbol.replaceAll("/", "-")}`}
        rows={rows}
        columns={columnsOf(times, timeframe)}
        rowKey={({ barMs }) => String(barMs)}
        rowClass={({ verdict }) => `row-${verdict.outcome}`}
        csvHref={symbol === "" ? undefined : `/data/decisions/${encodeURIComponent(symbol)}/csv`}
        filterLabel="Filter decisions by text"
        controls={
          <>
            <Choice label="Action" value={action} values={actionNames} choose={keepIn("action", setAction)} />
            <Choice
              label="Verdict"
              value={outcome}
              values={OUTCOMES}
              choose={keepIn("outcome", setOutcome)}
            />
          </>
        }
        empty="No decision yet. The first appears when the first live bar closes, after the first model has passed the gate."
      />
      {past.hasOlder && (
        <p class="older">
          <button type="button" disabled={past.isLoading} onClick={past.loadOlder}>
            {past.isLoading ? "Loading…" : "Load older decisions"}
          </button>
        </p>
      )}
    </Card>
  );
}

function Aside({ past }: { past: DecisionPast }) {
  return <span role="status">{past.fault ?? "newest first · CSV holds all of the run"}</span>;
}

/** Keeps a choice in the address, so that it can be shared. */
function keepIn(name: string, set: (value: string) => void): (value: string) => void {
  return (value) => {
    const address = new URL(location.href);
    if (value === "") address.searchParams.delete(name);
    else address.searchParams.set(name, value);
    history.replaceState(null, "", address);
    set(value);
  };
}

interface ChoiceProps {
  label: string;
  value: string;
  values: readonly string[];
  choose: (value: string) => void;
}

function Choice({ label, value, values, choose }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">{label}: all</option>
      {values.map((each) => <option key={each} value={each}>{each}</option>)}
    </select>
  );
}

function columnsOf(times: Times, timeframe: string | undefined): Column<DecisionRow>[] {
  return [
    {
      key: "bar",
      title: `Bar (${times.barZone(timeframe)})`,
      value: ({ barMs }) => times.bar(barMs, timeframe),
      cell: ({ symbol, barMs }) => <a href={replayAddress(symbol, barMs)}>{times.bar(barMs, timeframe)}</a>,
    },
    {
      key: "action",
      title: "Action",
      value: ({ action }) => action ?? "none",
      cell: ({ action }) => <span class={`action action-${action ?? "none"}`}>{action ?? "none"}</span>,
    },
    { key: "choice", title: "Choice", value: ({ chosen }) => chosen?.label ?? null },
    numberColumn("target", "Target", ({ target }) => target, (target) => percent(target, 0)),
    numberColumn("q", "Q, σ", ({ chosen }) => chosen?.q ?? null, (q) => signed(q, 3)),
    numberColumn("lead", "Lead, σ", leadOf, (lead) => signed(lead, 4)),
    { key: "runner_up", title: "Runner-up", value: ({ runnerUp }) => runnerUp?.label ?? null },
    numberColumn("confidence", "Confidence", ({ confidence }) => confidence, (value) => percent(value, 1)),
    {
      key: "verdict",
      title: "Verdict",
      value: ({ verdict }) => verdict.outcome,
      cell: ({ verdict: { outcome } }) => <span class={`verdict verdict-${outcome}`}>{outcome}</span>,
    },
    {
      key: "reason",
      title: "Why",
      value: ({ verdict }) => verdict.reason,
      cell: ({ verdict }) => <span class="reason">{verdict.reason}</span>,
    },
    {
      key: "model",
      title: "Model",
      value: ({ modelVersion }) => modelVersion,
      cell: ({ modelVersion }) => <code title={modelVersion ?? undefined}>{shortVersion(modelVersion)}</code>,
    },
    numberColumn("latency", "Latency, ms", ({ latencyMs }) => latencyMs, (ms) => decimal(ms, 2)),
  ];
}

function leadOf({ chosen, runnerUp }: DecisionRow): number | null {
  return chosen === null || runnerUp === null ? null : chosen.q - runnerUp.q;
}
