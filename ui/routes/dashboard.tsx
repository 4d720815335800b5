/** A page of the dashboard in its frame. */
import type { ClientAssets } from "../client_assets.ts";
import { renderDocument } from "../components/document.tsx";
import { Frame } from "../components/frame.tsx";
import type { DocumentView } from "../live/messages.ts";
import { RequestView } from "../live/page_signals.ts";
import type { PageRoute } from "./page_route.ts";

export function dashboardPage(page: PageRoute, view: DocumentView, assets: ClientAssets): string {
  const { name, followsLane, showsSymbol = followsLane, Body } = page;
  return renderDocument({
    title: `${name} · RL Trader`,
    assets,
    view,
    children: (
      <RequestView.Provider value={view}>
        <Frame name={name} showsSymbol={showsSymbol}>
          <Body />
        </Frame>
      </RequestView.Provider>
    ),
  });
}
