/** How learning goes, in its newest figures. */
import { count, decimal, figure, percent, signed } from "../components/format.ts";
import { Tile } from "../components/tile.tsx";
import { useShared } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";

export default function LearningTiles() {
  const { points } = useShared("learningCurve");
  const times = useTimes();
  const last = points.at(-1);
  const told = (value: number | undefined) => value === undefined ? "–" : figure(value);
  const fill = last === undefined || last.replayCapacity === 0 ? null : last.replayed / last.replayCapacity;
  return (
    <dl class="tiles">
      <Tile name="Updates" value={count(last?.updates)}>
        {last === undefined
          ? "none yet"
          : `at ${times.moment(Number(last.id.split("-")[0])).slice(11)} ${times.zoneName}`}
      </Tile>
      <Tile name="Loss" unit="σ²" value={told(last?.loss)}>mean squared TD error</Tile>
      <Tile name="|TD| mean" unit="σ" value={told(last?.meanAbsTd)}>target less W</Tile>
      <Tile name="Q mean" unit="σ" value={last === undefined ? "–" : signed(last.meanValue, 4)}>
        mean W of the batches
      </Tile>
      <Tile name="Epsilon" value={percent(last?.epsilon, 2)}>drawn at random</Tile>
      <Tile name="Replay" value={percent(fill)}>
        {last === undefined ? "steps held" : `${count(last.replayed)} of ${count(last.replayCapacity)} steps`}
      </Tile>
      <Tile name="Updates/s" value={decimal(last?.updatesPerSecond, 0)}>while it learns</Tile>
      <Tile name="Experiences" value={count(last?.experiences)}>
        {last === undefined ? "learned from" : `${count(last.liveExperiences)} live`}
      </Tile>
    </dl>
  );
}
