/** What the learner has reported, in figures. */
import { Card } from "../components/card.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { count, decimal, figure, percent } from "../components/format.ts";
import { useShared } from "../live/page_signals.ts";
import type { LearningReport } from "../live/run_views.ts";
import { type Times, useTimes } from "../live/times.ts";

export default function LearningReports() {
  const { recent, count: reports } = useShared("learningCurve");
  const times = useTimes();
  return (
    <Card
      title="Reports"
      aside={<span>the last {count(recent.length)} of {count(reports)}, newest first</span>}
    >
      <DataTable
        name="learning reports"
        rows={recent}
        columns={columnsIn(times)}
        rowKey={({ id }) => id}
        empty="No report yet: the first comes with the first 250 updates, when history is in."
      />
    </Card>
  );
}

function columnsIn(times: Times): readonly Column<LearningReport>[] {
  const number = (
    key: keyof LearningReport,
    title: string,
    cell: (value: number) => string,
  ): Column<LearningReport> => ({
    key,
    title,
    value: (row) => row[key],
    cell: (row) => cell(row[key] as number),
    isNumber: true,
  });
  return [
    {
      key: "at",
      title: `Time (${times.zoneName})`,
      value: ({ id }) => new Date(Number(id.split("-")[0])).toISOString(),
      cell: ({ id }) => times.moment(Number(id.split("-")[0])),
    },
    number("updates", "Updates", count),
    number("loss", "Loss, σ²", figure),
    number("meanAbsTd", "|TD|, σ", figure),
    number("meanValue", "Q mean, σ", figure),
    number("gradNorm", "Gradient", figure),
    number("epsilon", "Epsilon", (value) => percent(value, 2)),
    number("replayed", "Replay", count),
    number("updatesPerSecond", "Updates/s", (value) => decimal(value, 0)),
    number("experiences", "Experiences", count),
    number("skipped", "Skipped", count),
  ];
}
