/** The dashboard: which widget lies where. */
import type { ClientAssets } from "../client_assets.ts";
import { renderDocument } from "../components/document.tsx";
import { Island } from "../island.tsx";
import ConnectionState from "../islands/connection_state.tsx";
import DecisionTable from "../islands/decision_table.tsx";
import EquityChart from "../islands/equity_chart.tsx";
import LaneTiles from "../islands/lane_tiles.tsx";
import LearningStrip from "../islands/learning_strip.tsx";
import ModelPanel from "../islands/model_panel.tsx";
import ProcessHealth from "../islands/process_health.tsx";
import RunStatus from "../islands/run_status.tsx";
import SetupSummary from "../islands/setup_summary.tsx";
import SymbolSwitch from "../islands/symbol_switch.tsx";
import ThemeToggle from "../islands/theme_toggle.tsx";
import type { PageView } from "../live/messages.ts";
import { RequestView } from "../live/page_signals.ts";

export function dashboardPage(view: PageView, assets: ClientAssets): string {
  return renderDocument({
    title: "RL Trader",
    assets,
    view,
    children: (
      <RequestView.Provider value={view}>
        <a class="skip" href="#main">Skip to the figures</a>
        <header class="bar">
          <h1>RL&nbsp;Trader</h1>
          <Island of={RunStatus} props={{}} />
          <div class="bar-controls">
            <Island of={SymbolSwitch} props={{}} />
            <Island of={ConnectionState} props={{}} />
            <Island of={ThemeToggle} props={{}} />
          </div>
        </header>
        <noscript>
          <p class="notice">This page needs JavaScript to show what happens as it happens.</p>
        </noscript>
        <main id="main" tabIndex={-1}>
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
        </main>
        <footer class="foot">
          {view.shared.settings.venue === "paper"
            ? "Paper trading: no order leaves this machine."
            : `Orders go to ${view.shared.settings.venue}.`} Read-only page. Past figures promise nothing.
        </footer>
      </RequestView.Provider>
    ),
  });
}
