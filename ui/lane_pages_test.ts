/** The pages of a lane in a browser, on a real Redis: what they show equals what a stranger finds there. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startRedisForTest } from "../services/core/testing/redis_server.ts";
import { connectRedis } from "../services/core/redis/connect.ts";
import { RedisStore } from "../services/core/redis/redis_store.ts";
import { systemClock, until } from "../services/core/runtime/clock.ts";
import { violationsOf } from "./testing/accessibility.ts";
import { untilRows } from "./testing/cells.ts";
import { FixtureRun } from "./testing/fixture_run.ts";
import {
  checkDecisionsPage,
  checkFills,
  checkLivePage,
  checkReasons,
  checkReplayStep,
  day,
} from "./testing/lane_checks.ts";
import { DEADLINE, memoryStore, open, type OpenPage, pageTest, serve, shows } from "./testing/page_tests.ts";
import { RawRedis } from "./testing/raw_redis.ts";
import { seenRows } from "./testing/page_tables.ts";
import { servePage, startServedRedis } from "./testing/served_page.ts";
import { Stranger } from "./testing/stranger.ts";

/** A made-up run of random values, served by a page whose user may only read. */
async function withRun(
  seed: number,
  test: (parts: { url: string; stranger: Stranger; run: FixtureRun }) => Promise<void>,
): Promise<void> {
  await using redis = await startServedRedis();
  const run = new FixtureRun(redis.store, { seed, symbols: ["SPX"] });
  await run.setup(true);
  await run.learn();
  for (let bar = 0; bar < 60; bar++) await run.bar();
  await run.hole("SPX", 3);
  for (let bar = 0; bar < 20; bar++) await run.bar();
  await run.feed("live");
  await using server = await servePage(redis.uiUrl);
  await test({ url: server.url, stranger: new Stranger(redis.raw, "SPX"), run });
}

async function barReached(page: OpenPage): Promise<number> {
  return Number(await page.locator(".plot[data-last-bar]").getAttribute("data-last-bar"));
}

for (const seed of [7, 3_011]) {
  pageTest(`the pages of a lane show each value as Redis holds it (seed ${seed})`, async () => {
    await withRun(seed, async ({ url, stranger, run }) => {
      const live = await open(url);
      await checkLivePage(live, stranger);
      await checkReasons(live, stranger);
      await run.bar(); // as it comes
      await checkLivePage(live, stranger);
      deepEqual(live.faults, []);
      await live.close();
      const table = await open(`${url}decisions`);
      await checkDecisionsPage(table, stranger, "SPX");
      await checkFills(table, stranger, "SPX");
      deepEqual(table.faults, []);
      await table.close();
    });
  });
}

pageTest("replay shows a bar and nothing later, however it is reached", async () => {
  await withRun(19, async ({ url, stranger, run }) => {
    const times = (await stranger.decisions()).map(({ barMs }) => barMs);
    for (const barMs of times.slice(2, 5)) await run.reward("SPX", barMs, 0.25);
    const page = await open(`${url}replay/SPX/${times[6]}`);
    await checkReplayStep(page, stranger, times[6]!);
    await shows(page, ".settled", "+0.250");
    equal(await page.locator(".outcome-text").count(), 0, "what came of it is not shown");
    await page.keyboard.press("ArrowRight");
    await checkReplayStep(page, stranger, times[7]!);
    for (let back = 0; back < 5; back++) await page.keyboard.press("ArrowLeft");
    await checkReplayStep(page, stranger, times[2]!);
    await page.keyboard.press("o");
    await shows(page, ".outcome-text", "+0.250");
    await page.keyboard.press("o");
    await page.keyboard.press("End");
    await checkReplayStep(page, stranger, times.at(-1)!);
    await page.keyboard.press("ArrowRight");
    await shows(page, ".replay-notice", "last step");
    await page.keyboard.press("Home");
    await checkReplayStep(page, stranger, times[0]!);
    await page.selectOption(".replay-controls select", "100");
    await page.keyboard.press("Tab"); // off the field, which takes keys itself
    await page.locator("main").focus();
    await page.keyboard.press(" ");
    await until(systemClock, "playing", async () => await barReached(page) > times[20]!, DEADLINE);
    await page.keyboard.press(" ");
    let reached = -1;
    await until(
      systemClock,
      "the pause",
      async () => reached === (reached = await barReached(page)),
      DEADLINE,
    );
    await checkReplayStep(page, stranger, reached);
    await until(systemClock, "the address", () => page.url().endsWith(`/replay/SPX/${reached}`), DEADLINE);
    await page.reload();
    await checkReplayStep(page, stranger, reached);
    deepEqual(page.faults, []);
    await page.close();
  });
});

pageTest("replay says so where an address names no step", async () => {
  await withRun(23, async ({ url, stranger }) => {
    const times = (await stranger.decisions()).map(({ barMs }) => barMs);
    const between = await open(`${url}replay/SPX/${times[3]! + 5}`);
    await shows(between, ".replay-notice", "the step before it");
    await checkReplayStep(between, stranger, times[3]!);
    await between.close();
    const early = await open(`${url}replay/SPX/17`);
    await checkReplayStep(early, stranger, times[0]!);
    await early.close();
    const unknown = await open(`${url}replay/nobody/17`);
    match(await unknown.locator("h1").innerText(), /There is nothing here/);
    await unknown.close();
  });
});

pageTest("the table of decisions filters, sorts, and keeps its choice in the address", async () => {
  await withRun(29, async ({ url, stranger }) => {
    const decisions = await stranger.decisions();
    const page = await open(`${url}decisions?outcome=ordered`);
    const ordered = decisions.filter(({ verdict }) => verdict.outcome === "ordered");
    await until(
      systemClock,
      "the filter",
      async () => (await seenRows(page, "decisions-SPX")).length === ordered.length,
      DEADLINE,
    );
    await page.selectOption("select[aria-label='Verdict']", "");
    match(page.url(), /decisions$/);
    await page.click("th:has-text('Latency') button");
    const latencies = (await seenRows(page, "decisions-SPX")).map((row) => Number(row.at(-1)));
    deepEqual(latencies, latencies.toSorted((a, b) => b - a));
    equal(latencies.length, decisions.length);
    await page.fill(".decision-history input[type='search']", day(decisions[4]!.barMs));
    equal((await seenRows(page, "decisions-SPX")).length, 1);
    await page.click("td a");
    await shows(page, ".replay-date", day(decisions[4]!.barMs));
    await page.close();
  });
});

pageTest("pages go on without a gap after Redis and then their server were killed", async () => {
  await using redis = await startRedisForTest();
  await using connection = await connectRedis({ url: redis.url, name: "test", onEvent: () => {} });
  await using store = new RedisStore({ connection, onBadEntry: () => {} });
  await using raw = new RawRedis(redis.url);
  const run = new FixtureRun(store);
  for (let bar = 0; bar < 20; bar++) await run.bar();
  await run.feed("live");
  const stranger = new Stranger(raw, "SPX");
  let server = await servePage(redis.url);
  const page = await open(server.url);
  await shows(page, ".connection", "Connected");
  await checkLivePage(page, stranger);
  await redis.kill();
  await shows(page, ".banner", "Redis does not answer");
  await redis.start();
  for (let bar = 0; bar < 5; bar++) await run.bar();
  await checkLivePage(page, stranger);
  await shows(page, ".connection", "Connected");
  const { port } = new URL(server.url);
  await server[Symbol.asyncDispose]();
  await shows(page, ".banner", "Connection lost");
  for (let bar = 0; bar < 5; bar++) await run.bar();
  server = await servePage(redis.url, { ports: [Number(port)] });
  await checkLivePage(page, stranger);
  await shows(page, ".connection", "Connected");
  await page.close();
  await server[Symbol.asyncDispose]();
});

pageTest("a long table draws its rows as they are scrolled to, and filters among all of them", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store);
  for (let bar = 0; bar < 450; bar++) await run.bar();
  await run.feed("live");
  const server = await serve(store);
  const page = await open(`${server.url}decisions`);
  await shows(page, ".decision-history .table-count", "450 rows");
  await untilRows(page, "decisions-SPX", 400);
  const first = new Date(Date.UTC(2016, 3, 4)).toISOString().slice(0, 10);
  await page.fill(".decision-history input[type=search]", first);
  await shows(page, ".decision-history tbody tr", first);
  await page.fill(".decision-history input[type=search]", "");
  await page.locator("[aria-label='decisions-SPX']").evaluate((place) =>
    place.scrollTop = place.scrollHeight
  );
  await untilRows(page, "decisions-SPX", 450);
  deepEqual(page.faults, []);
  await page.close();
  await server.stop();
});

pageTest("an entry that breaks its contract is passed over, and the pages go on", async () => {
  await using redis = await startServedRedis();
  const run = new FixtureRun(redis.store);
  for (let bar = 0; bar < 5; bar++) await run.bar();
  await run.feed("live");
  await using server = await servePage(redis.uiUrl);
  const page = await open(server.url);
  await shows(page, ".chart.equity .chart-summary", "5 bars");
  for (const stream of ["equity", "decisions", "fills", "attribution"]) {
    const key = `{paper}:${stream}:SPX`;
    const nextMs = Date.UTC(2016, 3, 9) + 1; // a Saturday: no bar is there
    await redis.raw.client.xadd(key, `${nextMs}-0`, "json", '{"equity":"<img src=x onerror=alert(1)>"}');
    await redis.raw.client.xadd(key, `${nextMs}-1`, "text", "no json");
  }
  await run.bar();
  await checkLivePage(page, new Stranger(new SkippingRaw(redis.raw), "SPX"));
  deepEqual(page.faults, []);
  await page.close();
});

/** Reads past what is no entry of ours. */
class SkippingRaw extends RawRedis {
  readonly #raw: RawRedis;

  constructor(raw: RawRedis) {
    super("redis://127.0.0.1:1");
    this.client.disconnect();
    this.#raw = raw;
  }

  override async newest(key: string, count: number) {
    const entries = await this.#raw.client.xrevrange(key, "+", "-", "COUNT", count);
    return entries.filter(([id, fields]) => id.endsWith("-0") && fields[1]!.length > 60)
      .map(([id, fields]) => ({ id, value: JSON.parse(fields[fields.indexOf("json") + 1]!) }));
  }
}

pageTest("axe finds nothing wrong with the pages, dark and light, wide and narrow", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store, { symbols: ["A-1", "B-1"] });
  await run.setup(true);
  await run.learn();
  for (let bar = 0; bar < 40; bar++) await run.bar();
  await run.feed("live");
  await run.heartbeat("trainer", "learning");
  const server = await serve(store);
  for (const path of ["", "decisions", "state", "replay"]) {
    for (const look of [{ theme: "dark" }, { theme: "light" }, { theme: "dark", width: 390 }] as const) {
      const page = await open(`${server.url}${path}`, look);
      await shows(page, ".connection", "Connected");
      if (path === "replay") await shows(page, ".replay-date", /\d{4}/);
      deepEqual(await violationsOf(page), [], `${path} ${JSON.stringify(look)}`);
      const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      equal(wider, 0, `${path} ${JSON.stringify(look)}`);
      deepEqual(page.faults.filter((fault) => !fault.includes("404")), []);
      await page.close();
    }
  }
  await server.stop();
  ok(true);
});
