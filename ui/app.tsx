/** The UI's routes and headers. Reads only: no route changes anything. Takes its parts, so that tests need no socket. */
import { Hono } from "hono";
import { compress } from "hono/compress";
import { secureHeaders } from "hono/secure-headers";
import type { Clock } from "../services/core/runtime/clock.ts";
import type { ClientAssets } from "./client_assets.ts";
import type { History } from "./history/history.ts";
import type { DashboardState, PageNeeds } from "./live/dashboard_state.ts";
import type { EventHub } from "./live/event_hub.ts";
import type { DocumentView } from "./live/messages.ts";
import { parseBar } from "./live/replay_address.ts";
import { loginRoutes, requireToken } from "./routes/access.tsx";
import { dataRoutes } from "./routes/data.ts";
import { dashboardPage } from "./routes/dashboard.tsx";
import { notFoundPage } from "./routes/not_found.tsx";
import { FRAME_PARTS, type PageRoute } from "./routes/page_route.ts";
import { PAGES } from "./routes/pages.ts";

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

export interface AppParts {
  readonly assets: ClientAssets;
  readonly state: DashboardState;
  readonly hub: EventHub;
  readonly history: History;
  readonly clock: Clock;
  /** Served on loopback: then requests for another host are refused, so that no foreign name can be bound to it. */
  readonly loopback: boolean;
  /** Who does not know it sees nothing; absent, the page is open. */
  readonly token?: string;
}

export function createApp({ assets, state, hub, history, clock, loopback, token }: AppParts): Hono {
  const app = new Hono();
  const pages = PAGES.map(({ path, name, key }) => ({ path, name, key }));
  const documentView = (page: PageRoute, symbol: string | null): DocumentView => ({
    ...state.page(needsOf(page), symbol, clock.nowMs()),
    page: page.path,
    pages,
  });
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: [token === undefined ? "'none'" : "'self'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
    // The page may be served over plain HTTP on loopback or behind a proxy, which then sets this.
    strictTransportSecurity: false,
  }));

  if (loopback) {
    app.use(async (context, next) => {
      if (!LOOPBACK_HOST.test(context.req.header("host") ?? "")) return context.text("Unknown host.", 421);
      await next();
    });
  }

  if (token !== undefined) {
    app.use(requireToken(token));
    app.route("/login", loginRoutes(token, assets));
  }

  app.get("/events", (context) => {
    if (!hub.hasRoom()) {
      return context.text("Cannot open another event stream as too many are open.", 503, {
        "retry-after": "5",
      });
    }
    const asked = context.req.query("page") ?? "/";
    const page = PAGES.find(({ path }) => path === asked);
    if (page === undefined) {
      return context.text("Cannot open an event stream as no page has this address.", 404);
    }
    const lastId = context.req.header("last-event-id") ?? context.req.query("after") ?? null;
    return new Response(hub.subscribe(needsOf(page), context.req.query("symbol") ?? null, lastId), {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      },
    });
  });
  app.get(
    "/healthz",
    (context) =>
      context.json({ status: "ok", redis: state.shared.redis.state, pages: hub.pageCount }, 200, {
        "cache-control": "no-store",
      }),
  );

  for (const page of PAGES) {
    for (const path of [page.path, ...page.deepPaths ?? []]) {
      app.use(path, compress());
      app.get(path, (context) => {
        const { symbol: named, bar } = context.req.param() as { symbol?: string; bar?: string };
        const isKnown = (symbol: string) => state.shared.feed === null || state.knows(symbol);
        if (named !== undefined && !isKnown(named)) return context.notFound() as Response;
        if (bar !== undefined && parseBar(bar) === null) return context.notFound() as Response;
        const symbol = named ?? context.req.query("symbol") ?? null;
        if (symbol !== null && !isKnown(symbol)) return context.redirect(page.path);
        return context.html(dashboardPage(page, documentView(page, symbol), assets), 200, {
          "cache-control": "no-store",
        });
      });
    }
  }

  app.route("/data", dataRoutes(history));
  app.use("/assets/*", compress());
  for (const [path, { body, type }] of assets.files) {
    const cache = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    app.get(path, (context) => context.body(body, 200, { "content-type": type, "cache-control": cache }));
  }
  app.notFound((context) => context.html(notFoundPage(assets, context.req.path), 404));
  return app;
}

function needsOf({ parts, followsLane }: PageRoute): PageNeeds {
  return { parts: [...FRAME_PARTS, ...parts], followsLane };
}
