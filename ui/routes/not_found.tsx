/** What is shown for an address that leads nowhere. */
import type { ClientAssets } from "../client_assets.ts";
import { renderDocument } from "../components/document.tsx";

export function notFoundPage(assets: ClientAssets, path: string): string {
  return renderDocument({
    title: "Not found · RL Trader",
    assets,
    children: (
      <main class="not-found">
        <h1>There is nothing here</h1>
        <p>
          No page has the address <code>{path.slice(0, 200)}</code>.
        </p>
        <p>
          <a href="/">Go to the dashboard</a>
        </p>
      </main>
    ),
  });
}
