/** The live page in a browser, on a made-up run. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { modelEventStream } from "../services/core/contracts/model.ts";
import { systemClock, until } from "../services/core/runtime/clock.ts";
import { money, shortVersion, signedMoney } from "./components/format.ts";
import { FixtureRun } from "./testing/fixture_run.ts";
import { OutageStore } from "./testing/outage_store.ts";
import { DEADLINE, memoryStore, open, pageTest, serve, shows } from "./testing/page_tests.ts";

const tile = (name: string) => `.tile:has(dt:text-matches("^${name}")) .tile-value`;
const EQUITY_SUMMARY = ".equity .chart-summary";

pageTest(
  "the page shows what the streams hold, as it comes, without a complaint of the browser",
  async () => {
    await using store = memoryStore();
    const run = new FixtureRun(store);
    await run.setup(true);
    const version = await run.learn();
    for (let bar = 0; bar < 40; bar++) await run.bar();
    await run.feed("live");
    await run.heartbeat("trainer", "learning");
    await run.heartbeat("inference-1", "deciding", Date.now() - 60_000);
    await run.quarantine("field high must be a number: it is nan");
    const server = await serve(store);
    const page = await open(server.url);
    await shows(page, ".connection", "Connected");
    const { equity, decision } = (await run.bar()).get("SPX")!;

    await shows(page, tile("Equity"), money(equity.equity));
    await shows(page, tile("Buy and hold"), money(equity.buyAndHold));
    await shows(page, tile("Difference"), signedMoney(equity.equity - equity.buyAndHold));
    await shows(page, tile("Bars"), "41");
    await shows(page, tile("Model"), shortVersion(version));
    await shows(page, ".run-status", "S&P 500 price index, no dividends");
    await shows(page, ".run-status", "Paper");
    await shows(
      page,
      ".decision-table tbody tr:first-child",
      new Date(decision.barMs).toISOString().slice(0, 10),
    );
    await shows(page, ".decision-table tbody tr:first-child", decision.verdict.reason);
    equal(await page.locator(".decision-table tbody tr").count(), 12);
    await shows(page, ".model", version);
    await shows(page, ".gate", "integrity passed");
    await run.heartbeat("trainer", "learning");
    await shows(page, ".processes li:has-text('trainer')", "up");
    await shows(page, ".processes li:has-text('inference-1')", "gone");
    await shows(page, ".quarantine", "it is nan");
    ok(!(await page.locator(".run-status").textContent())?.includes("Halted"));
    const why = "trading is halted since 2020-03-16 14:05 UTC: maintenance";
    await run.heartbeat("inference-1", why, Date.now(), { halted: 1 });
    await shows(page, ".run-status", "Halted");
    await shows(page, ".processes li:has-text('inference-1')", why);
    await shows(page, EQUITY_SUMMARY, /^41 bars from 2016-04-04 to .* UTC/);
    await shows(page, ".learning", "updates");
    ok(await page.locator(".equity .plot canvas").count() > 0);
    ok(await page.locator(".market .plot canvas").count() > 0);
    deepEqual(page.faults, []);
    await page.close();
    await server.stop();
  },
);

pageTest("the page tells how the start goes on, and then shows the chart in the same place", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store);
  const server = await serve(store);
  const page = await open(server.url);
  await shows(page, ".run-status", "Waiting for the services");
  await run.setup(false);
  await shows(page, ".setup-steps", "212 / 540 MB");
  await shows(page, ".run-status", "Setting up");
  await run.feed("waiting"); // services start beside the set-up
  await shows(page, ".phases", "4,083 bars a symbol");
  await shows(page, ".setup-steps", "212 / 540 MB");
  await run.setup(true);
  await run.feed("bootstrapping");
  await shows(page, ".run-status", "Bootstrapping");
  await run.feed("waiting");
  await run.heartbeat("trainer", "learning from history");
  await shows(page, ".phases", "Trainer: learning from history");
  const before = await page.locator(".equity .plot-place").boundingBox();
  await run.learn();
  await run.feed("live");
  await run.bar();
  await shows(page, tile("Bars"), "1");
  await until(
    systemClock,
    "the end of the start",
    async () => await page.locator(".startup").count() === 0,
    DEADLINE,
  );
  deepEqual(await page.locator(".equity .plot-place").boundingBox(), before);
  await run.feed("ended");
  await shows(page, ".run-status", "Feed ended");
  deepEqual(page.faults, []);
  await page.close();
  await server.stop();
});

pageTest("the page outlives its server and Redis, and goes on without a gap or a double", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store);
  await run.feed("live");
  for (let bar = 0; bar < 3; bar++) await run.bar();
  const first = await serve(store);
  const page = await open(first.url);
  await shows(page, ".connection", "Connected");
  await shows(page, EQUITY_SUMMARY, "3 bars");
  await first.stop();
  await shows(page, ".connection", "Reconnecting");
  for (let bar = 0; bar < 4; bar++) await run.bar();

  const outage = new OutageStore(store);
  const second = await serve(outage.asStore(), { port: Number(new URL(first.url).port) });
  await shows(page, ".connection", "Connected");
  await shows(page, EQUITY_SUMMARY, "7 bars");
  outage.goAway();
  await shows(page, ".connection", "Redis lost");
  for (let bar = 0; bar < 2; bar++) await run.bar();
  outage.comeBack();
  await shows(page, ".connection", "Connected");
  await shows(page, EQUITY_SUMMARY, "9 bars");
  const { equity } = (await run.bar()).get("SPX")!;
  await shows(page, tile("Equity"), money(equity.equity));
  await shows(page, EQUITY_SUMMARY, "10 bars");
  await page.close();
  await second.stop();
});

pageTest("the symbol is chosen by hand, kept in the address, and goes back with the browser", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store, { symbols: ["A-1", "B-1"] });
  await run.feed("live");
  const written = await run.bar();
  const server = await serve(store);
  const page = await open(server.url);
  const equityOf = (symbol: string) => money(written.get(symbol)!.equity.buyAndHold);
  await shows(page, ".connection", "Connected"); // before it is, the choice has no one to hear it
  await shows(page, tile("Buy and hold"), equityOf("A-1"));
  await page.selectOption("select", "B-1");
  await shows(page, tile("Buy and hold"), equityOf("B-1"));
  match(page.url(), /\?symbol=B-1$/);
  await page.reload();
  await shows(page, tile("Buy and hold"), equityOf("B-1"));
  await shows(page, ".connection", "Connected");
  equal(await page.inputValue("select"), "B-1");
  await page.selectOption("select", "A-1");
  await shows(page, tile("Buy and hold"), equityOf("A-1"));
  await page.goBack();
  await shows(page, tile("Buy and hold"), equityOf("B-1"));
  equal(await page.inputValue("select"), "B-1");
  deepEqual(page.faults, []);
  await page.close();
  await server.stop();
});

pageTest("the page fits widths from 360 px to 4K, and keeps the chosen theme", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store, { symbols: ["A-1", "B-1"] });
  await run.setup(true);
  const version = await run.learn();
  await store.append(modelEventStream(), "9000-0", {
    ...{ version, outcome: "shadow", adoptAfterMs: run.nextBarMs, atMs: Date.now(), updates: 3_000 },
    gate: [],
  });
  for (let bar = 0; bar < 20; bar++) await run.bar();
  await run.feed("live");
  const server = await serve(store);
  for (const width of [360, 390, 768, 1024, 1440, 1920, 3840]) {
    const page = await open(server.url, { width, height: 900 });
    await shows(page, ".connection", "Connected");
    await shows(page, ".versions", "decides without orders");
    equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0, `at ${width} px`);
    await page.close();
  }
  const page = await open(server.url);
  await shows(page, ".connection", "Connected");
  const theme = () => page.evaluate("document.documentElement.dataset.theme");
  equal(await theme(), "dark");
  await page.keyboard.press("Tab");
  equal(await page.evaluate("document.activeElement.textContent"), "Skip to the figures");
  await page.click(".theme-toggle");
  equal(await theme(), "light");
  await page.reload();
  equal(await theme(), "light");
  await page.close();
  await server.stop();
});

pageTest("the page ends with its footer, however many symbols scroll in their place", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store, { symbols: Array.from({ length: 60 }, (_, index) => `S-${index}`) });
  await run.feed("live");
  await run.bar();
  const server = await serve(store);
  const page = await open(server.url, { width: 360, height: 800 });
  await shows(page, ".overview", "S-59");
  const blank = "document.documentElement.scrollHeight - " +
    "document.querySelector('.foot').getBoundingClientRect().bottom - scrollY";
  ok(Math.abs(Number(await page.evaluate(blank))) <= 1, "nothing follows the footer");
  deepEqual(page.faults, []);
  await page.close();
  await server.stop();
});

pageTest("the keyboard chooses symbol, theme and time zone, and lists what it does", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store, { symbols: ["A-1", "B-1"] });
  await run.feed("live");
  await run.bar();
  const server = await serve(store);
  const page = await open(server.url);
  await shows(page, ".connection", "Connected");
  const dataset = (name: string) => page.evaluate(`document.documentElement.dataset.${name}`);
  const shownSymbol = (symbol: string) =>
    until(systemClock, symbol, async () => await page.inputValue("select") === symbol, DEADLINE);
  await page.keyboard.press("j");
  await shownSymbol("B-1");
  await page.keyboard.press("k");
  await shownSymbol("A-1");
  await page.keyboard.press("t");
  equal(await dataset("theme"), "light");
  await page.keyboard.press("z");
  await shows(page, ".zone-toggle", "Local");
  await page.keyboard.press("?");
  await shows(page, "dialog.help[open] .keys", "Next symbol");
  const places = await page.locator(".palette").evaluateAll((all) =>
    all.map((each) => Math.round(each.querySelector("input")!.getBoundingClientRect().left))
  );
  equal(new Set(places).size, 1, `the choices stand below each other: ${places}`);
  await page.check(".palette.green-purple input");
  equal(await dataset("palette"), "green-purple");
  await page.keyboard.press("Escape");
  equal(await page.locator("dialog[open]").count(), 0);
  await page.keyboard.press("g");
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("l")]);
  await shows(page, ".connection", "Connected");
  equal(await dataset("palette"), "green-purple");
  deepEqual(page.faults, []);
  await page.close();
  await server.stop();
});
