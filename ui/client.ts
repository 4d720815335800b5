/** The browser's entry: takes the view that the page was rendered with, hydrates the islands, opens the event stream. */
import { type ComponentType, h, hydrate } from "preact";
import { LiveClient } from "./live/live_client.ts";
import type { DocumentView } from "./live/messages.ts";
import { installView } from "./live/page_signals.ts";
import { loadPreferences } from "./live/preferences.ts";
import { startKeys } from "./live/keys.ts";
import { followSymbol } from "./live/symbol_choice.ts";
import { loadVersion } from "./live/version_choice.ts";

type IslandModule = { default: ComponentType };
const islands = (import.meta as unknown as {
  glob(pattern: string): Record<string, () => Promise<IslandModule>>;
}).glob("./islands/*.tsx");

const embedded = document.getElementById("page-view");
if (embedded?.textContent) {
  const view = JSON.parse(embedded.textContent) as DocumentView;
  installView(view);
  const markers = document.querySelectorAll<HTMLElement>("[data-island]");
  await Promise.all(Array.from(markers, async (marker) => {
    const load = islands[`./islands/${marker.dataset.island}.tsx`];
    if (load !== undefined) {
      hydrate(h((await load()).default, JSON.parse(marker.dataset.props ?? "{}")), marker);
    }
  }));
  loadPreferences();
  loadVersion();
  startKeys();
  const client = new LiveClient(view);
  followSymbol((symbol) => client.show(symbol), view.lane.symbol);
  client.start();
}
