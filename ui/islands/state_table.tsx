/** The state vector with names, raw and scaled values, what lies at an end of its range, and how each moved. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Badge } from "../components/badge.tsx";
import { Card, Empty } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Fact } from "../components/fact.tsx";
import { decimal, figure, money, plural, price, signed, signedPercent } from "../components/format.ts";
import { Sparkline } from "../components/sparkline.tsx";
import type { StateElement, StateView } from "../history/state_history.ts";
import type { DecisionRow } from "../live/messages.ts";
import { useLane, useRecent, useShared } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";

/** New bars are looked at at most so often. */
const EVERY_MS = 500;

export default function StateTable() {
  const symbol = useLane("symbol");
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  const { state, fault } = useNewestState(symbol);
  const cut = state?.elements.filter(({ isClipped }) => isClipped).length ?? 0;
  return (
    <>
      <AccountState />
      <Card
        title={`State ${symbol}`}
        kind="state"
        aside={state === null ? undefined : (
          <span>
            after bar {times.bar(state.barMs, timeframe)} {times.barZone(timeframe)}, close{" "}
            {price(state.close)}
          </span>
        )}
      >
        {state === null
          ? (
            <Empty>
              {fault ?? "The state appears once there are as many bars as its slowest feature needs."}
            </Empty>
          )
          : (
            <>
              <p class="state-marks">
                <Badge tone={cut === 0 ? "good" : "warn"}>
                  {cut === 0
                    ? "no value at an end of its range"
                    : `${plural(cut, "value")} at an end of the range`}
                </Badge>{" "}
                <Parity differing={state.differing} bars={state.bars} />
              </p>
              <DataTable
                name={`state-${symbol.replaceAll("/", "-")}`}
                rows={state.elements}
                columns={COLUMNS}
                rowKey={({ name }) => name}
                rowClass={({ isClipped }) => isClipped ? "clipped" : ""}
                filterLabel="Filter features by text"
                empty="No feature is configured."
              />
            </>
          )}
      </Card>
    </>
  );
}

function Parity({ differing, bars }: { differing: number | null; bars: number }) {
  if (differing === null) {
    return <span class="faint">not decided on yet; computed from {plural(bars, "bar")}</span>;
  }
  return differing === 0
    ? <Badge tone="good">equals what the decision saw, computed again from {plural(bars, "bar")}</Badge>
    : (
      <Badge tone="warn">
        {plural(differing, "value")} differ from what the decision saw: another configuration decided
      </Badge>
    );
}

const COLUMNS: readonly Column<StateElement>[] = [
  {
    key: "feature",
    title: "Feature",
    value: ({ name }) => name,
    cell: ({ name, source }) => <span title={`source ${source}`}>{name}</span>,
  },
  {
    key: "raw",
    title: "Raw",
    value: ({ raw }) => raw,
    cell: ({ raw }) => raw === null ? "–" : figure(raw),
    isNumber: true,
  },
  { key: "unit", title: "Unit", value: ({ unit }) => unit },
  {
    key: "scaled",
    title: "Scaled",
    value: ({ scaled }) => scaled,
    cell: ({ scaled, isClipped }) => (
      <>
        {isClipped && <span class="clip-mark" title="At an end of its range">▲ at its end</span>}
        {signed(scaled, 4)}
      </>
    ),
    isNumber: true,
  },
  { key: "range", title: "Range", value: ({ range }) => rangeText(range) },
  {
    key: "past",
    title: "Last 120 bars",
    value: () => null,
    cell: ({ name, past }) => <Sparkline values={past} label={`${name} over the last ${past.length} bars`} />,
  },
];

function rangeText([low, high]: StateElement["range"]): string {
  return `${low === null ? "−∞" : figure(low)} … ${high === null ? "∞" : figure(high)}`;
}

/** What the network is told of the account, by the last decision. */
function AccountState() {
  const settled = useSettled();
  const { accountInputs, currency } = useShared("settings");
  if (settled === null) return null;
  const { decision, position } = settled;
  const { cash, quantity, barsInTrade, cooldownLeft, stopPrice, takePrice, feesPaid, borrowPaid } =
    decision.laneAccount;
  const facts: [name: string, value: string][] = [
    ["Position", signedPercent(position, 1)],
    ["Quantity", decimal(Number(quantity), 8)],
    ["Cash", `${money(Number(cash))} ${currency}`],
    ["Bars in trade", String(barsInTrade)],
    ["Stop", Number(stopPrice) === 0 ? "none" : price(Number(stopPrice))],
    ["Take", Number(takePrice) === 0 ? "none" : price(Number(takePrice))],
    ["Cooldown left", plural(cooldownLeft, "bar")],
    ["Fees paid", `${money(Number(feesPaid))} ${currency}`],
    ["Borrowing paid", `${money(Number(borrowPaid))} ${currency}`],
  ];
  const scalars = decision.chosen?.scalars ?? [];
  return (
    <Card title="Account" kind="account-state" aside={<span>before the last decision</span>}>
      <dl class="facts wide-facts">
        {facts.map(([name, value]) => <Fact key={name} name={name}>{value}</Fact>)}
      </dl>
      {scalars.length > 0 && (
        <>
          <h3>As the network is told of it after the choice, scaled</h3>
          <dl class="facts wide-facts">
            {scalars.map((value, index) => (
              <div key={accountInputs[index] ?? index}>
                <dt>{accountInputs[index] ?? `input ${index}`}</dt>
                <dd>{signed(value, 4)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}

/** The newest decision whose equity has come too: they come one after the other, and two bars must not be mixed. */
function useSettled(): { decision: DecisionRow; position: number | null } | null {
  const [decision] = useRecent().decisions;
  const latest = useLane("latest");
  const settled = useRef<{ decision: DecisionRow; position: number } | null>(null);
  if (decision === undefined) return null;
  if (latest?.barMs === decision.barMs) settled.current = { decision, position: latest.position };
  const { current } = settled;
  return current?.decision.symbol === decision.symbol ? current : { decision, position: null };
}

/** The state at the bar that the address names (`?at=`), else at the newest, which it follows. */
function useNewestState(symbol: string): { state: StateView | null; fault: string | null } {
  const [state, setState] = useState<StateView | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const newest = useLane("latest")?.barMs ?? null;
  const asked = useRef({ symbol, atMs: -Infinity });
  useEffect(() => {
    if (symbol === "") return;
    if (asked.current.symbol !== symbol) setState(null);
    const timer = setTimeout(async () => {
      asked.current = { symbol, atMs: performance.now() };
      const at = new URL(location.href).searchParams.get("at");
      const answer = await fetch(
        `/data/state/${encodeURIComponent(symbol)}${at === null ? "" : `?at=${encodeURIComponent(at)}`}`,
      )
        .catch(() => null);
      const body = await answer?.json().catch(() => null);
      if (asked.current.symbol !== symbol) return;
      if (answer?.ok) setState(body);
      setFault(answer?.ok ? null : body?.error ?? "The server does not answer.");
    }, Math.max(0, asked.current.atMs + EVERY_MS - performance.now()));
    return () => clearTimeout(timer);
  }, [symbol, newest]);
  return { state, fault };
}
