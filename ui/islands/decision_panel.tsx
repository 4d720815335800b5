/** The newest decision, and why; or one that was picked from the table. */
import { Card, Empty } from "../components/card.tsx";
import { DecisionCard } from "../components/decision_card.tsx";
import { useRecent, useShared } from "../live/page_signals.ts";
import { pickedBarMs } from "../live/picked_decision.ts";
import { useTimes } from "../live/times.ts";

export default function DecisionPanel() {
  const { decisions, reasons } = useRecent();
  const settings = useShared("settings");
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  const picked = decisions.find(({ barMs }) => barMs === pickedBarMs.value);
  const decision = picked ?? decisions[0];
  return (
    <Card
      title={picked === undefined ? "Last decision" : "Decision"}
      kind="decision-panel"
      aside={decision === undefined ? undefined : (
        <>
          {picked !== undefined && (
            <button type="button" onClick={() => pickedBarMs.value = null}>Follow the newest</button>
          )} <a href={`/replay/${encodeURIComponent(decision.symbol)}/${decision.barMs}`}>Replay</a>
        </>
      )}
    >
      {decision === undefined
        ? (
          <Empty>
            The first decision appears when the first live bar closes, after the first model has passed the
            gate.
          </Empty>
        )
        : (
          <DecisionCard
            decision={decision}
            reasons={reasons.find(({ barMs }) => barMs === decision.barMs) ?? null}
            settings={settings}
            timeframe={timeframe}
            times={times}
          />
        )}
    </Card>
  );
}
