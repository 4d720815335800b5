import { equal, match, ok } from "node:assert/strict";
import { createApp } from "./app.tsx";
import { History } from "./history/history.ts";
import { EventHub } from "./live/event_hub.ts";
import { HandClock, stateOf, TEST_ASSETS } from "./testing/page_state.ts";

const TOKEN = "a-token-of-24-characters";

function lockedApp() {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  const hub = new EventHub(state, clock);
  const history = new History(state, "paper");
  const app = createApp({ assets: TEST_ASSETS, state, hub, history, clock, loopback: false, token: TOKEN });
  return (path: string, init: RequestInit = {}) => app.request(`http://page.example${path}`, init);
}

const html = { accept: "text/html" };
const form = (token: string) => ({
  method: "POST",
  body: new URLSearchParams({ token }).toString(),
  headers: { "content-type": "application/x-www-form-urlencoded" },
});

Deno.test("a locked page shows nothing but its form and its health to who has no token", async () => {
  const request = lockedApp();
  for (
    const path of ["/", "/replay/A-1", "/data/lane/A-1", "/events", "/assets/client-test.js", "/nothing"]
  ) {
    equal((await request(path)).status, 401, path);
    const page = await request(path, { headers: html });
    equal(page.status, 303);
    equal(page.headers.get("location"), "/login");
  }
  equal((await request("/healthz")).status, 200);
  const page = await request("/login");
  match(await page.text(), /Token of this page/);
  match(page.headers.get("content-security-policy") ?? "", /form-action 'self'/);
});

Deno.test("the form gives a cookie for the token, that opens every address; a wrong token gives none", async () => {
  const request = lockedApp();
  const wrong = await request("/login", form("a-token-of-24-characterz"));
  equal(wrong.status, 401);
  equal(wrong.headers.get("set-cookie"), null);
  const right = await request("/login", form(TOKEN));
  equal(right.status, 303);
  const cookie = right.headers.get("set-cookie") ?? "";
  match(cookie, /HttpOnly/);
  match(cookie, /SameSite=Strict/);
  ok(!cookie.includes(TOKEN), "the cookie does not tell the token");
  const headers = { cookie: cookie.split(";")[0]! };
  equal((await request("/", { headers })).status, 200);
  equal((await request("/", { headers: { cookie: "rltrader_page=0" } })).status, 401);
  equal((await request("/", { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200);
  equal((await request("/", { headers: { authorization: "Bearer no" } })).status, 401);
});

Deno.test("the form takes no body of 10 MB, and reads none of it", async () => {
  const request = lockedApp();
  const answer = await request("/login", { ...form("x".repeat(10_000_000)) });
  equal(answer.status, 413);
});
