/** Every head's outputs: the best Q with each value that could be chosen, and what is predicted. Pure. */
import type { DecisionRow } from "../live/messages.ts";
import type { HeadSettings } from "../page_settings.ts";
import { decimal, signed } from "./format.ts";

export function HeadValues({ decision, heads }: { decision: DecisionRow; heads: readonly HeadSettings[] }) {
  const known = heads.filter(({ name }) => decision.heads[name] !== undefined);
  if (known.length === 0) return <p class="empty">No model answered: there are no values.</p>;
  return (
    <table class="heads">
      <thead>
        <tr>
          <th scope="col">Head</th>
          <th scope="col">
            Values: Q <small>(cost)</small>{" "}
            <abbr title="log return after costs, over the symbol's sigma a bar">in σ</abbr>
          </th>
        </tr>
      </thead>
      <tbody>
        {known.map((head) => (
          <tr key={head.name}>
            <th scope="row">{head.name}</th>
            <td>
              <Values decision={decision} head={head} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Values({ decision, head }: { decision: DecisionRow; head: HeadSettings }) {
  const values = decision.heads[head.name] ?? [];
  if (head.values === null) {
    return (
      <span class="head-value">
        {decimal(values[0], 3)} <small>{head.unit} predicted</small>
      </span>
    );
  }
  const chosen = chosenOf(decision, head.name);
  const best = Math.max(...values.filter((value) => value !== null));
  return (
    <span class="head-values">
      {values.map((value, index) => {
        const name = head.values?.[index] ?? `value ${index}`;
        const isChosen = name === chosen;
        return (
          <span key={name} class={`head-value ${isChosen ? "chosen" : ""} ${value === best ? "best" : ""}`}>
            <span class="head-name">{isChosen ? "● " : ""}{name}</span>
            <span class="head-q">{value === null ? "–" : signed(value, 3)}</span>
            {head.name === "action" && (
              <span class="head-cost" title="cost that Q has subtracted">
                ({decimal(decision.costs[index], 3)})
              </span>
            )}
          </span>
        );
      })}
      {head.unit !== "" && <small>{head.unit}</small>}
    </span>
  );
}

/** Null where the head was not active; `none` is a value of stop and take. */
function chosenOf(decision: DecisionRow, head: string): string | null {
  if (head === "action") return decision.action;
  if (head === "size") return decision.size === null ? null : String(decision.size);
  if (decision.isKeep || decision.action === "flat" || decision.action === null) return null;
  const value = head === "stop" ? decision.stop : decision.take;
  return value === null ? "none" : String(value);
}
