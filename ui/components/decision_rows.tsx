/** Decisions as a table, and as cards where the screen is narrow. */
import type { DecisionRow } from "../live/messages.ts";
import type { Times } from "../live/times.ts";
import { decimal, percent, shortVersion, signed } from "./format.ts";

interface DecisionRowsProps {
  decisions: readonly DecisionRow[];
  timeframe: string | undefined;
  actionNames: readonly string[];
  times: Times;
  /** Shows a decision in full. */
  onPick: (barMs: number) => void;
}

export function DecisionRows({ decisions, timeframe, actionNames, times, onPick }: DecisionRowsProps) {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Last decisions">
      <table class="decision-table">
        <thead>
          <tr>
            <th scope="col">Bar ({times.barZone(timeframe)})</th>
            <th scope="col">Action</th>
            <th scope="col">
              Q <small>(cost)</small> of each action,{" "}
              <abbr title="log return after costs, over the symbol's sigma">in σ</abbr>
            </th>
            <th scope="col">Verdict</th>
            <th scope="col">Order</th>
            <th scope="col">Model</th>
            <th scope="col" class="number">Latency</th>
          </tr>
        </thead>
        <tbody>
          {decisions.map((decision) => (
            <Row key={decision.barMs} {...{ decision, timeframe, actionNames, times, onPick }} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  decision: DecisionRow;
  timeframe: string | undefined;
  actionNames: readonly string[];
  times: Times;
  onPick: (barMs: number) => void;
}

function Row({ decision, timeframe, actionNames, times, onPick }: RowProps) {
  const { action, verdict, order } = decision;
  return (
    <tr>
      <th scope="row">
        <button type="button" class="pick" onClick={() => onPick(decision.barMs)}>
          {times.bar(decision.barMs, timeframe)}
        </button>
      </th>
      <td data-label="Action">
        <span class={`action action-${action ?? "none"}`}>{action ?? "none"}</span>
      </td>
      <td data-label="Q (cost)" class="q-cell">
        <QValues decision={decision} actionNames={actionNames} />
      </td>
      <td data-label="Verdict">
        <span class={`verdict verdict-${verdict.outcome}`}>{verdict.outcome}</span>{" "}
        <span class="reason" title={verdict.reason}>{verdict.reason}</span>
      </td>
      <td data-label="Order">
        {order === null ? <span class="faint">none</span> : (
          <span class="order">
            {order.target > decision.targetBefore ? "▲" : "▼"} to {percent(order.target, 0)}
          </span>
        )}
      </td>
      <td data-label="Model">
        <code title={decision.modelVersion ?? undefined}>{shortVersion(decision.modelVersion)}</code>
      </td>
      <td data-label="Latency" class="number">{decimal(decision.latencyMs, 2)} ms</td>
    </tr>
  );
}

/** The chosen value is marked by a dot and by weight; masked values are a dash. */
function QValues({ decision, actionNames }: { decision: DecisionRow; actionNames: readonly string[] }) {
  const values = decision.heads.action ?? [];
  if (values.length === 0) return <span class="faint">no answer</span>;
  return (
    <span class="q-values">
      {values.map((value, index) => {
        const name = actionNames[index] ?? `value ${index}`;
        const chosen = name === decision.action;
        return (
          <span key={name} class={chosen ? "q chosen" : "q"}>
            <span class="q-name">{chosen ? "● " : ""}{name}</span>
            <span class="q-value">{signed(value, 3)}</span>
            <span class="q-cost" title="cost that Q has subtracted">
              ({decimal(decision.costs[index], 3)})
            </span>
          </span>
        );
      })}
    </span>
  );
}
