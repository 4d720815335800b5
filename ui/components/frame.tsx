/** What every page has around its body: header, navigation, what may be wrong, footer. */
import type { ComponentChildren } from "preact";
import { Island } from "../island.tsx";
import ConnectionBanner from "../islands/connection_banner.tsx";
import ConnectionState from "../islands/connection_state.tsx";
import KeyboardHelp from "../islands/keyboard_help.tsx";
import PageNav from "../islands/page_nav.tsx";
import RunStatus from "../islands/run_status.tsx";
import SymbolSwitch from "../islands/symbol_switch.tsx";
import ThemeToggle from "../islands/theme_toggle.tsx";
import ZoneToggle from "../islands/zone_toggle.tsx";

interface FrameProps {
  /** Names the page for those who hear it. */
  name: string;
  showsSymbol: boolean;
  children: ComponentChildren;
}

export function Frame({ name, showsSymbol, children }: FrameProps) {
  return (
    <>
      <a class="skip" href="#main">Skip to the figures</a>
      <header class="bar">
        <span class="brand">RL&nbsp;Trader</span>
        <Island of={PageNav} props={{}} />
        <div class="bar-controls">
          {showsSymbol && <Island of={SymbolSwitch} props={{}} />}
          <Island of={ConnectionState} props={{}} />
          <Island of={ZoneToggle} props={{}} />
          <Island of={ThemeToggle} props={{}} />
          <Island of={KeyboardHelp} props={{}} />
        </div>
      </header>
      <Island of={RunStatus} props={{}} />
      <Island of={ConnectionBanner} props={{}} />
      <noscript>
        <p class="notice">This page needs JavaScript to show what happens as it happens.</p>
      </noscript>
      <main id="main" tabIndex={-1}>
        <h1 class="sr-only">{name}</h1>
        {children}
      </main>
      <footer class="foot">
        <span>
          Read-only page. Past figures promise nothing.
        </span>
        <span>
          Charts by <a href="https://www.tradingview.com/" rel="noopener noreferrer">TradingView</a>{" "}
          Lightweight Charts™, copyright © 2025 TradingView, Inc., Apache License 2.0
        </span>
      </footer>
    </>
  );
}
