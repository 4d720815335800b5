/** The HTML document around a page. */
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import type { ClientAssets } from "../client_assets.ts";
import { UsedIslands } from "../island.tsx";

interface DocumentProps {
  title: string;
  assets: ClientAssets;
  /** JSON that the browser's code starts from; absent where it has nothing to do. */
  view?: object;
  children: ComponentChildren;
}

/** The scripts of the islands that the page holds are named in its head, so that they load beside each other. */
export function renderDocument({ title, assets, view, children }: DocumentProps): string {
  const used = new Set<string>();
  const body = renderToString(<UsedIslands.Provider value={used}>{children}</UsedIslands.Provider>);
  const scripts = view === undefined ? [] : assets.scriptsOf([...used]);
  const head = renderToString(
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="dark light" />
      <title>{title}</title>
      <link rel="icon" href="/static/favicon.svg" type="image/svg+xml" />
      <script src="/static/theme.js" />
      <link rel="stylesheet" href={assets.style} />
      {scripts.map((script) => <link key={script} rel="modulepreload" href={script} />)}
      {view !== undefined && <script type="module" src={assets.script} />}
    </head>,
  );
  const embedded = view === undefined
    ? ""
    : `<script id="page-view" type="application/json">${scriptJson(view)}</script>`;
  return `<!doctype html><html lang="en" data-theme="dark">${head}<body>${body}${embedded}</body></html>`;
}

/** JSON that no text inside can end: what looks like a tag is escaped. */
function scriptJson(value: object): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
