/** The market chart of a replay: drawn anew with each step, never later than it. Browser only. */
import { type RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import { useDrawnChart } from "./drawn_chart.ts";
import { zone } from "./preferences.ts";
import type { ReplaySession } from "./replay_session.ts";

const BARS = 120;

/** Where to draw it. The box says which bar is the last that is drawn, for whoever wants to check. */
export function useReplayChart(
  session: ReplaySession,
  timeframe: Timeframe | undefined,
): RefObject<HTMLDivElement> {
  const shown = { bars: BARS, timeframe, zone: zone.value };
  const latest = useRef(shown);
  latest.current = shown;
  const { box, plot } = useDrawnChart(
    async () => {
      const { MarketChart } = await import("./market_chart.ts");
      return (place) => {
        const made = new MarketChart(place, { onReading: () => {} });
        made.show(latest.current);
        return made;
      };
    },
    (made, place) => {
      void session.version.value;
      made.draw(session.market);
      place.dataset.lastBar = String(made.extent.lastMs);
    },
    [session],
  );
  useEffect(() => plot.current?.show(shown), [timeframe, shown.zone]);
  return box;
}
