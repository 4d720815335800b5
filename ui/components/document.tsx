/** The frame of every page. */
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import type { ClientAssets } from "../client_assets.ts";

interface DocumentProps {
  title: string;
  assets: ClientAssets;
  /** JSON that the browser's code starts from; absent where it has nothing to do. */
  view?: object;
  children: ComponentChildren;
}

export function renderDocument(props: DocumentProps): string {
  return `<!doctype html>${renderToString(<Document {...props} />)}`;
}

function Document({ title, assets, view, children }: DocumentProps) {
  return (
    <html lang="en" data-theme="dark">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="dark light" />
        <title>{title}</title>
        <link rel="icon" href="/static/favicon.svg" type="image/svg+xml" />
        <script src="/static/theme.js" />
        <link rel="stylesheet" href={assets.style} />
        {view !== undefined && <script type="module" src={assets.script} />}
      </head>
      <body>
        {children}
        {view !== undefined && (
          <script
            id="page-view"
            type="application/json"
            dangerouslySetInnerHTML={{ __html: scriptJson(view) }}
          />
        )}
      </body>
    </html>
  );
}

/** JSON that no text inside can end: what looks like a tag is escaped. */
function scriptJson(value: object): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
