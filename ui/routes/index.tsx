/** The live page: which widget lies where. */
import { Island } from "../island.tsx";
import DecisionPanel from "../islands/decision_panel.tsx";
import DecisionTable from "../islands/decision_table.tsx";
import EquityChart from "../islands/equity_chart.tsx";
import LaneStatistics from "../islands/lane_statistics.tsx";
import LaneTiles from "../islands/lane_tiles.tsx";
import MarketChart from "../islands/market_chart.tsx";
import ModelPanel from "../islands/model_panel.tsx";
import ProcessHealth from "../islands/process_health.tsx";
import ValueStrip from "../islands/value_strip.tsx";
import SetupSummary from "../islands/setup_summary.tsx";
import SymbolOverview from "../islands/symbol_overview.tsx";
import LearningStrip from "../islands/learning_strip.tsx";
import type { PageRoute } from "./page_route.ts";

export const livePage: PageRoute = {
  path: "/",
  name: "Live",
  key: "l",
  parts: ["model", "learning", "quarantine", "overview"],
  followsLane: true,
  Body: () => (
    <>
      <Island of={LaneTiles} props={{}} />
      <Island of={SymbolOverview} props={{}} />
      <div class="columns">
        <div class="column">
          <Island of={MarketChart} props={{}} />
          <Island of={EquityChart} props={{}} />
          <Island of={DecisionTable} props={{}} />
        </div>
        <div class="column">
          <Island of={DecisionPanel} props={{}} />
          <Island of={ValueStrip} props={{}} />
          <Island of={LaneStatistics} props={{}} />
        </div>
      </div>
      <div class="columns">
        <Island of={ModelPanel} props={{}} />
        <div class="column">
          <Island of={LearningStrip} props={{}} />
          <Island of={ProcessHealth} props={{}} />
          <Island of={SetupSummary} props={{}} />
        </div>
      </div>
    </>
  ),
};
