/** Replay of what was decided: the chart up to a bar, the state, all heads, the reasons and who decided. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Card, Empty } from "../components/card.tsx";
import { DecisionCard } from "../components/decision_card.tsx";
import { MarketLegend } from "../components/market_legend.tsx";
import { ReplayAccount } from "../components/replay_account.tsx";
import { ReplayControls } from "../components/replay_controls.tsx";
import { StateBars } from "../components/state_bars.tsx";
import { useReplayChart } from "../live/replay_chart.ts";
import { useKeys } from "../live/keys.ts";
import { useLane, useShared } from "../live/page_signals.ts";
import { parseReplayBar, replayAddress } from "../live/replay_address.ts";
import { ReplaySession } from "../live/replay_session.ts";
import { useTimes } from "../live/times.ts";
import { price } from "../components/format.ts";

const ADDRESS_MS = 500;

export default function ReplayPlayer() {
  const symbol = useLane("symbol");
  const settings = useShared("settings");
  const timeframe = useShared("feed")?.timeframe;
  const times = useTimes();
  const session = useSession(symbol);
  const box = useReplayChart(session, timeframe);
  const [showsOutcome, setShowsOutcome] = useState(false);
  const frame = session.frame.value;
  const toggle = () => session.isPlaying.peek() ? session.pause() : session.play();
  useKeys([
    { keys: [" "], what: "Play or pause", act: toggle },
    { keys: ["ArrowRight", "l"], what: "Next bar", act: () => void session.step(1) },
    { keys: ["ArrowLeft", "h"], what: "Bar before", act: () => void session.step(-1) },
    {
      keys: ["Home"],
      what: "First bar",
      act: () => void session.goTo(session.extent.peek()?.firstMs ?? null),
    },
    { keys: ["End"], what: "Last bar", act: () => void session.goTo(null) },
    { keys: ["o"], what: "Show or hide what came of it", act: () => setShowsOutcome((shown) => !shown) },
  ]);
  const date = `${times.bar(frame?.bar.openTimeMs, timeframe)} ${times.barZone(timeframe)}`;
  return (
    <>
      <Card
        title={`Replay ${symbol}`}
        kind="replay"
        aside={<span>nothing later than this bar is shown</span>}
      >
        <ReplayControls session={session} date={date} onToggle={toggle} />
        <p class="replay-notice" role="status">{session.notice.value ?? ""}</p>
      </Card>
      <div class="columns">
        <div class="column">
          <Card title={`${symbol} up to ${date}`} kind="chart market">
            <div class="plot-place tall">
              <div class="plot" ref={box} aria-hidden="true" />
            </div>
            <MarketLegend />
            <p class="chart-summary">
              {frame === null
                ? "The chart appears with the step."
                : `Bar ${date}: open ${price(frame.bar.open)}, high ${price(frame.bar.high)}, low ${
                  price(frame.bar.low)
                }, close ${price(frame.bar.close)}.`}
            </p>
          </Card>
          <Card title="State" kind="state" aside={<span>what the network saw, scaled</span>}>
            {frame === null
              ? <Empty>The state appears with the step.</Empty>
              : <StateBars names={settings.features} values={frame.state} />}
          </Card>
        </div>
        <div class="column">
          <Card title="Decision" kind="decision-panel">
            {frame === null
              ? <Empty>Each step of the run is shown here once its first live bar is decided.</Empty>
              : (
                <DecisionCard
                  decision={frame.decision}
                  reasons={frame.reasons}
                  settings={settings}
                  timeframe={timeframe}
                  times={times}
                />
              )}
          </Card>
          {frame !== null && (
            <ReplayAccount
              frame={frame}
              timeframe={timeframe}
              times={times}
              currency={settings.currency}
              showsOutcome={showsOutcome}
              onOutcome={setShowsOutcome}
            />
          )}
        </div>
      </div>
    </>
  );
}

/** The session of the symbol, at the bar that the address names; the address follows it. */
function useSession(symbol: string): ReplaySession {
  const held = useRef<ReplaySession | null>(null);
  if (held.current?.symbol !== symbol) {
    held.current?.pause();
    held.current = new ReplaySession(symbol);
  }
  const session = held.current!;
  const reachedMs = session.frame.value?.bar.openTimeMs;
  const written = useRef(-Infinity);
  useEffect(() => {
    if (symbol === "") return;
    session.goTo(parseReplayBar(location.pathname, symbol)).catch((cause: Error) => {
      session.notice.value = cause.message;
    });
    return () => session.pause();
  }, [symbol]);
  useEffect(() => {
    if (reachedMs === undefined) return;
    const write = () => {
      written.current = performance.now();
      history.replaceState(null, "", replayAddress(symbol, reachedMs));
    };
    const timer = setTimeout(write, Math.max(0, written.current + ADDRESS_MS - performance.now()));
    return () => clearTimeout(timer);
  }, [reachedMs]);
  return session;
}
