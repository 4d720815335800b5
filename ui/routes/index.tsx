/** The live page: which widget lies where. */
import { Island } from "../island.tsx";
import DecisionTable from "../islands/decision_table.tsx";
import EquityChart from "../islands/equity_chart.tsx";
import LaneTiles from "../islands/lane_tiles.tsx";
import LearningStrip from "../islands/learning_strip.tsx";
import ModelPanel from "../islands/model_panel.tsx";
import ProcessHealth from "../islands/process_health.tsx";
import SetupSummary from "../islands/setup_summary.tsx";
import type { PageRoute } from "./page_route.ts";

export const livePage: PageRoute = {
  path: "/",
  name: "Live",
  key: "l",
  parts: ["model", "learning", "quarantine"],
  followsLane: true,
  Body: () => (
    <>
      <Island of={LaneTiles} props={{}} />
      <div class="columns">
        <div class="column">
          <Island of={EquityChart} props={{}} />
          <Island of={DecisionTable} props={{}} />
        </div>
        <div class="column">
          <Island of={ModelPanel} props={{}} />
          <Island of={LearningStrip} props={{}} />
          <Island of={ProcessHealth} props={{}} />
          <Island of={SetupSummary} props={{}} />
        </div>
      </div>
    </>
  ),
};
