/** How learning goes: three small lines with their newest figure. */
import { Card, Empty } from "../components/card.tsx";
import { count, figure } from "../components/format.ts";
import { Sparkline } from "../components/sparkline.tsx";
import type { LearningPoint } from "../live/messages.ts";
import { useShared } from "../live/page_signals.ts";

export default function LearningStrip() {
  const points = useShared("learning");
  const last = points.at(-1);
  return (
    <Card title="Learning" aside={last && <span>{count(last.updates)} updates</span>} kind="learning">
      {last === undefined
        ? <Empty>No updates yet. They appear when history is in and the trainer has started.</Empty>
        : (
          <div class="strips">
            <Strip name="Loss" unit="σ²" points={points} pick={(point) => point.loss} />
            <Strip name="|TD| mean" unit="σ" points={points} pick={(point) => point.meanAbsTd} />
            <Strip name="Updates" unit="/s" points={points} pick={(point) => point.updatesPerSecond} />
          </div>
        )}
    </Card>
  );
}

interface StripProps {
  name: string;
  unit: string;
  points: readonly LearningPoint[];
  pick: (point: LearningPoint) => number;
}

function Strip({ name, unit, points, pick }: StripProps) {
  const values = points.map(pick);
  const newest = figure(values.at(-1) ?? NaN);
  return (
    <div class="strip">
      <span class="strip-name">{name}</span>
      <span class="strip-value">
        {newest} <small>{unit}</small>
      </span>
      <Sparkline values={values} label={`${name}: ${newest} ${unit}, last ${values.length} reports`} />
    </div>
  );
}
