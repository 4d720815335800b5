/** The market chart of a replay: drawn anew with each step, never later than it. Browser only. */
import { effect } from "@preact/signals";
import { type RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import type { MarketChart } from "./market_chart.ts";
import { zone } from "./preferences.ts";
import type { ReplaySession } from "./replay_session.ts";

const BARS = 120;

/** Where to draw it. The box says which bar is the last that is drawn, for whoever wants to check. */
export function useReplayChart(
  session: ReplaySession,
  timeframe: Timeframe | undefined,
): RefObject<HTMLDivElement> {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<MarketChart | null>(null);
  const shown = { bars: BARS, timeframe, zone: zone.value };
  const latest = useRef(shown);
  latest.current = shown;
  useEffect(() => {
    let gone = false;
    let stop = () => {};
    void import("./market_chart.ts").then(({ MarketChart }) => {
      if (gone || box.current === null) return;
      const place = box.current;
      const made = new MarketChart(place, { onReading: () => {} });
      plot.current = made;
      made.show(latest.current);
      const stopFollowing = effect(() => {
        void session.version.value;
        made.draw(session.market);
        place.dataset.lastBar = String(made.extent.lastMs);
      });
      stop = () => {
        stopFollowing();
        made[Symbol.dispose]();
      };
    });
    return () => {
      gone = true;
      stop();
    };
  }, [session]);
  useEffect(() => plot.current?.show(shown), [timeframe, shown.zone]);
  return box;
}
