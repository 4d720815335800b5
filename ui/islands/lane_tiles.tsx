/** The figures of the lane at a glance, each with its unit. */
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import {
  barDate,
  count,
  decimal,
  isDayOrLonger,
  money,
  percent,
  plural,
  shortVersion,
  signed,
  signedMoney,
  signedPercent,
} from "../components/format.ts";
import { Tile } from "../components/tile.tsx";
import { useLane, useRecent, useShared } from "../live/page_signals.ts";

export default function LaneTiles() {
  return (
    <dl class="tiles">
      <MoneyTiles />
      <RiskTiles />
      <BarTile />
      <RateTile />
      <ModelTile />
    </dl>
  );
}

function MoneyTiles() {
  const latest = useLane("latest");
  const start = useLane("startEquity");
  const { currency } = useShared("settings");
  const difference = latest === null ? null : latest.equity - latest.buyAndHold;
  return (
    <>
      <Tile name="Equity" value={money(latest?.equity)} unit={currency} mark="agent">
        {latest === null || start === null
          ? "no bar yet"
          : `${signedPercent(latest.equity / start - 1)} since start`}
      </Tile>
      <Tile name="Buy and hold" value={money(latest?.buyAndHold)} unit={currency} mark="benchmark">
        {latest === null || start === null
          ? "no bar yet"
          : `${signedPercent(latest.buyAndHold / start - 1)} since start`}
      </Tile>
      <Tile name="Difference" value={signedMoney(difference)} unit={currency}>
        {latest === null || difference === null
          ? "equity less buy-and-hold"
          : `${side(difference)} ${percent(Math.abs(latest.equity / latest.buyAndHold - 1), 2)}`}
      </Tile>
    </>
  );
}

function side(difference: number): string {
  return difference > 0 ? "▲ ahead by" : difference < 0 ? "▼ behind by" : "level";
}

function RiskTiles() {
  const latest = useLane("latest");
  const deepest = useLane("maxDrawdown");
  const position = latest?.position ?? null;
  return (
    <>
      <Tile name="Position" value={position === null ? "–" : `${signed(position * 100, 1)} %`}>
        {position === null ? "of equity" : `of equity · ${holding(position)}`}
      </Tile>
      <Tile name="Drawdown" value={percent(latest?.drawdown)}>
        {latest === null ? "from the peak" : `deepest ${percent(deepest)}`}
      </Tile>
    </>
  );
}

function holding(position: number): string {
  return position > 0 ? "long" : position < 0 ? "short" : "flat";
}

function BarTile() {
  const feed = useShared("feed");
  const bars = useLane("bars");
  const latest = useLane("latest");
  const planned = feed?.plannedLiveBars;
  return (
    <Tile name="Bars" value={count(bars)}>
      {latest === null
        ? "decided on so far"
        : planned === null || planned === undefined
        ? barDate(latest.barMs, feed?.timeframe)
        : `of ${count(planned)} · ${shortDate(latest.barMs, feed?.timeframe)}`}
    </Tile>
  );
}

/** A time of day takes the place of the year, which would be cut. */
function shortDate(barMs: number, timeframe: Timeframe | undefined): string {
  const date = barDate(barMs, timeframe);
  return isDayOrLonger(timeframe) ? date : date.slice("YYYY-".length);
}

function RateTile() {
  const rate = useLane("decisionsPerSecond");
  const latencies = useRecent().decisions.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const median = latencies[Math.floor(latencies.length / 2)];
  return (
    <Tile name="Decisions/s" value={decimal(rate, 1)}>
      {median === undefined ? "over the last 5 s" : `latency ${decimal(median, 2)} ms median`}
    </Tile>
  );
}

function ModelTile() {
  const { current, metadata } = useShared("model");
  return (
    <Tile name="Model" value={<code>{shortVersion(current?.version)}</code>}>
      {metadata === null ? "none adopted yet" : plural(metadata.updates, "update")}
    </Tile>
  );
}
