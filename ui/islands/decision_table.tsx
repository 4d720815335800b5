/** The newest decisions: what each action was worth, what was done, and why. */
import { Card, Empty } from "../components/card.tsx";
import { DecisionRows } from "../components/decision_rows.tsx";
import { LIMITS } from "../live/messages.ts";
import { useRecent, useShared } from "../live/page_signals.ts";

export default function DecisionTable() {
  const { decisions } = useRecent();
  const timeframe = useShared("feed")?.timeframe;
  const { actionNames } = useShared("settings");
  return (
    <Card
      title="Decisions"
      aside={<span>last {LIMITS.decisions}, newest first · dates in UTC</span>}
      kind="decisions"
    >
      {decisions.length === 0
        ? (
          <Empty>
            No decisions yet. The first appears when the first live bar closes, after the first model has
            passed the gate.
          </Empty>
        )
        : <DecisionRows decisions={decisions} timeframe={timeframe} actionNames={actionNames} />}
    </Card>
  );
}
