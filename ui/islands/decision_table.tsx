/** The newest decisions: what each action was worth, what was done, and why. A date shows its decision in full. */
import { Card, Empty } from "../components/card.tsx";
import { DecisionRows } from "../components/decision_rows.tsx";
import { LIMITS } from "../live/messages.ts";
import { useLane, useRecent, useShared } from "../live/page_signals.ts";
import { pickedBarMs } from "../live/picked_decision.ts";
import { useTimes } from "../live/times.ts";

export default function DecisionTable() {
  const { decisions } = useRecent();
  const timeframe = useShared("feed")?.timeframe;
  const { actionNames } = useShared("settings");
  const times = useTimes();
  const symbol = useLane("symbol");
  return (
    <Card
      title="Decisions"
      aside={
        <span>
          last {LIMITS.decisions}, newest first ·{" "}
          <a href={`/decisions?symbol=${encodeURIComponent(symbol)}`}>all of them</a>
        </span>
      }
      kind="decisions"
    >
      {decisions.length === 0
        ? (
          <Empty>
            No decisions yet. The first appears when the first live bar closes, after the first model has
            passed the gate.
          </Empty>
        )
        : (
          <DecisionRows
            decisions={decisions}
            timeframe={timeframe}
            actionNames={actionNames}
            times={times}
            onPick={(barMs) => pickedBarMs.value = barMs}
          />
        )}
    </Card>
  );
}
