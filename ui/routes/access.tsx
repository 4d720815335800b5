/** The optional lock of the page: who knows the token gets a cookie, everyone else the form. Probes are open. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import type { ClientAssets } from "../client_assets.ts";
import { renderDocument } from "../components/document.tsx";

const COOKIE = "rltrader_page";
const MOST_BYTES = 4_096;
const COOKIE_SECONDS = 30 * 86_400;
/** What the form needs, and what probes ask. */
const OPEN = /^\/(?:login$|healthz$|readyz$|static\/|assets\/[^/]+\.css$)/;

/** Lets through who has the cookie, or names the token as `Authorization: Bearer`. */
export function requireToken(token: string): MiddlewareHandler {
  const expected = cookieOf(token);
  return async (context, next) => {
    const bearer = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "")?.[1];
    const isKnown = isSame(getCookie(context, COOKIE) ?? "", expected) ||
      (bearer !== undefined && isSame(bearer, token));
    if (isKnown || OPEN.test(context.req.path)) return await next();
    const wantsPage = (context.req.header("accept") ?? "").includes("text/html");
    return wantsPage
      ? context.redirect("/login", 303)
      : context.text("Cannot show this as a token is needed.", 401);
  };
}

/** The form, and what it sends. */
export function loginRoutes(token: string, assets: ClientAssets): Hono {
  const login = new Hono();
  login.get("/", (context) => context.html(loginPage(assets, false), 200, { "cache-control": "no-store" }));
  login.post(
    "/",
    bodyLimit({ maxSize: MOST_BYTES, onError: (context) => context.text("The form is too large.", 413) }),
    async (context) => {
      const { token: given } = await context.req.parseBody().catch(() => ({ token: "" }));
      if (typeof given !== "string" || !isSame(given, token)) {
        return context.html(loginPage(assets, true), 401);
      }
      setCookie(context, COOKIE, cookieOf(token), {
        httpOnly: true,
        sameSite: "Strict",
        secure: new URL(context.req.url).protocol === "https:",
        path: "/",
        maxAge: COOKIE_SECONDS,
      });
      return context.redirect("/", 303);
    },
  );
  return login;
}

function loginPage(assets: ClientAssets, isWrong: boolean): string {
  return renderDocument({
    title: "RL Trader",
    assets,
    children: (
      <main class="not-found login">
        <h1>RL Trader</h1>
        <form method="post" action="/login">
          <label for="token">Token of this page</label>
          <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
          <button type="submit">Open</button>
          <p role="alert">{isWrong ? "■ This is not the token." : ""}</p>
        </form>
      </main>
    ),
  });
}

/** Not the token itself, so that a cookie that leaks does not tell it. */
function cookieOf(token: string): string {
  return createHmac("sha256", token).update(COOKIE).digest("hex");
}

/** In a time that does not depend on where they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
