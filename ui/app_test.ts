import { deepEqual, equal, match, ok } from "node:assert/strict";
import { MemoryKeyspace } from "../services/core/redis/memory_keyspace.ts";
import { MemoryStore } from "../services/core/redis/memory_store.ts";
import { createApp } from "./app.tsx";
import { History } from "./history/history.ts";
import { EventHub } from "./live/event_hub.ts";
import { EventReader, feedOf, HandClock, pointAt, stateOf, TEST_ASSETS } from "./testing/page_state.ts";

function appOf(symbols: string[]) {
  const clock = new HandClock();
  const state = stateOf(symbols, clock);
  const hub = new EventHub(state, clock);
  const history = new History(state, "paper");
  const app = createApp({ assets: TEST_ASSETS, state, hub, history, clock, loopback: true });
  const get = (path: string, host = "127.0.0.1:8080") =>
    app.request(`http://${host}${path}`, { headers: { host } });
  return { state, hub, history, get };
}

Deno.test("GET / renders the figures into the first page, under a strict policy", async () => {
  const { state, get } = appOf(["A-1"]);
  state.lane("A-1").addPoints([pointAt(0)]);
  const response = await get("/");
  equal(response.status, 200);
  const policy = response.headers.get("content-security-policy") ?? "";
  match(policy, /default-src 'none'/);
  match(policy, /script-src 'self'(;|$)/);
  ok(!policy.includes("unsafe"));
  equal(response.headers.get("x-content-type-options"), "nosniff");
  const html = await response.text();
  match(html, /100,000\.00/);
  ok(!/ style="/.test(html), "the policy forbids inline styles");
  ok(!/<script(?![^>]*(src=|type="application\/json"))/.test(html), "the policy forbids inline scripts");
});

Deno.test("GET / cannot be left by what a feed says of itself", async () => {
  const { state, get } = appOf([]);
  state.set("feed", { ...feedOf(["A-1"]), note: "</script><script>alert(1)</script>" });
  const html = await (await get("/")).text();
  ok(!html.includes("<script>alert"));
});

Deno.test("GET /?symbol chooses a symbol of the feed, and leads back to the first from another", async () => {
  const { get } = appOf(["A-1", "BTC/USDT"]);
  match(await (await get("/?symbol=BTC%2FUSDT")).text(), /"symbol":"BTC\/USDT"/);
  const elsewhere = await get("/?symbol=ZZZ");
  equal(elsewhere.status, 302);
  equal(elsewhere.headers.get("location"), "/");
});

Deno.test("GET /events belongs to a page: another address has none", async () => {
  const { hub, get } = appOf(["A-1"]);
  equal((await get("/events?page=/nothing")).status, 404);
  equal(hub.pageCount, 0);
});

Deno.test("GET / names the scripts of its islands, and no others", async () => {
  const { get } = appOf(["A-1"]);
  const html = await (await get("/")).text();
  const named = [...html.matchAll(/rel="modulepreload" href="\/assets\/(\w+)-test\.js"/g)].map(([, name]) =>
    name
  );
  const drawn = [...html.matchAll(/data-island="(\w+)"/g)].map(([, name]) => name);
  deepEqual(new Set(named), new Set(drawn));
});

Deno.test("GET /events is an event stream that nobody may store or change", async () => {
  const { hub, get } = appOf(["A-1"]);
  const response = await get("/events?symbol=A-1");
  match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  match(response.headers.get("cache-control") ?? "", /no-transform/);
  equal(response.headers.get("content-encoding"), null);
  const events = new EventReader(response.body!);
  equal((await events.next())?.kind, "snapshot");
  equal(hub.pageCount, 1);
  await events[Symbol.asyncDispose]();
  equal(hub.pageCount, 0);
});

Deno.test("GET /healthz answers while Redis is away", async () => {
  const { get } = appOf([]);
  const response = await get("/healthz");
  equal(response.status, 200);
  deepEqual(await response.json(), { status: "ok", redis: "connecting", pages: 0 });
});

Deno.test("the built bundle may be kept for ever, the static files may not; anything else is a page that says so", async () => {
  const { get } = appOf([]);
  match((await get("/assets/client-test.js")).headers.get("cache-control") ?? "", /immutable/);
  equal((await get("/static/theme.js")).headers.get("cache-control"), "no-cache");
  for (const path of ["/nothing", "/assets/../main.ts", "/assets/%2e%2e/main.ts"]) {
    const missing = await get(path);
    equal(missing.status, 404);
    match(await missing.text(), /There is nothing here/);
  }
});

Deno.test("what nobody should ask for gets a status, and changes nothing", async () => {
  const { state, hub, get } = appOf(["A-1"]);
  const statuses = {
    "/replay/nobody/17": 404,
    "/replay/A-1/yesterday": 404,
    "/replay/A-1/17": 200,
    "/replay/%3Cscript%3E/17": 404,
    "/replay/A-1/%2e%2e%2f%2e%2e%2fetc%2fpasswd": 404,
    "/static/..%2f..%2fmain.ts": 404,
    "/data/lane/%3Cscript%3E": 503,
    "/data/nothing": 404,
    "/events?page=%2Fetc%2Fpasswd": 404,
    "/?symbol=%3Cscript%3Ealert(1)%3C%2Fscript%3E": 302,
    [`/replay/${"x".repeat(8_000)}`]: 404,
  };
  for (const [path, status] of Object.entries(statuses)) {
    const response = await get(path);
    equal(response.status, status, path);
    ok(!(await response.text()).includes("<script>alert"), path);
  }
  equal(hub.pageCount, 0);
  deepEqual(state.shared.feed?.symbols, ["A-1"]);
});

Deno.test("GET /data answers with a reason where the past cannot be read", async () => {
  const { history, get } = appOf(["A-1"]);
  const reason = async (path: string) => {
    const response = await get(path);
    return [response.status, (await response.json()).error];
  };
  deepEqual(await reason("/data/lane/A-1"), [503, "Cannot read the past as a run must have begun: none has"]);
  history.store = new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
  const [status, text] = await reason("/data/lane/nobody");
  equal(status, 400);
  match(text, /it has no nobody/);
  for (const query of ["through=-1", "through=1e9", "count=0", "count=999999", `through=${"9".repeat(30)}`]) {
    const [status, text] = await reason(`/data/lane/A-1?${query}`);
    equal(status, 400, query);
    match(text, /must be a whole number from/);
  }
  deepEqual(await (await get("/data/lane/A-1")).json(), { bars: [], marks: [], trades: [], holes: [] });
  deepEqual(await (await get("/data/frames/A-1")).json(), []);
});

Deno.test("a request for another host is refused on loopback, and no method but reading exists", async () => {
  const { get } = appOf([]);
  equal((await get("/", "rebound.example")).status, 421);
  equal((await get("/", "localhost:8080")).status, 200);
  const { state, hub, history } = appOf([]);
  const app = createApp({
    assets: TEST_ASSETS,
    state,
    hub,
    history,
    clock: new HandClock(),
    loopback: false,
  });
  for (const path of ["/", "/data/lane/A-1", "/login"]) {
    const answer = await app.request(`http://page.example${path}`, {
      method: "POST",
      body: "x".repeat(10_000_000),
    });
    equal(answer.status, 404, path);
  }
});
