/** The pages Learning, Models and System in a browser: each value equals what a stranger finds in Redis, on made-up values. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { violationsOf } from "./testing/accessibility.ts";
import { iso, untilRows } from "./testing/cells.ts";
import { checkLearningPage } from "./testing/learning_checks.ts";
import { checkModelsPage, checkShadow } from "./testing/models_checks.ts";
import { downloadedRows } from "./testing/page_tables.ts";
import { open, pageTest, shows } from "./testing/page_tests.ts";
import { RandomRun, SYMBOLS } from "./testing/random_run.ts";
import { type ServedRedis, servePage, startServedRedis } from "./testing/served_page.ts";
import { checkSystemPage } from "./testing/system_checks.ts";

const SEEDS = [11, 2_024];

/** A server on made-up values, and a page that reads as the user that the page has. */
async function withRandomRun(
  seed: number,
  test: (redis: ServedRedis, url: string, run: RandomRun) => Promise<void>,
): Promise<void> {
  await using redis = await startServedRedis();
  const run = new RandomRun(redis.store, redis.raw, seed);
  await run.writeAll();
  await using server = await servePage(redis.uiUrl);
  await test(redis, server.url, run);
}

async function openPage(url: string, look: Parameters<typeof open>[1] = {}) {
  const page = await open(url, look);
  await shows(page, ".connection", "Connected");
  return page;
}

for (const seed of SEEDS) {
  pageTest(`Learning, Models and System show what Redis holds (seed ${seed})`, async () => {
    await withRandomRun(seed, async ({ raw }, url) => {
      const learning = await openPage(`${url}learning`);
      await checkLearningPage(learning, raw);
      const models = await openPage(`${url}models`);
      await checkModelsPage(models, url, raw);
      await checkShadow(models, SYMBOLS, raw);
      const system = await openPage(`${url}system`);
      await checkSystemPage(system, raw);
      for (const page of [learning, models, system]) {
        deepEqual(page.faults, []);
        await page.close();
      }
    });
  });
}

pageTest(
  "the pages follow what is written after they were opened, and say when a process is back",
  async () => {
    await withRandomRun(5, async ({ raw }, url, run) => {
      const page = await openPage(`${url}system`);
      await untilRows(page, "log", 60);
      await run.logLine();
      await run.quarantine();
      await untilRows(page, "log", 61);
      await untilRows(page, "quarantine", 61);
      const [last] = await raw.newest("system:log", 1);
      equal((await downloadedRows(page, "log"))[0].at, iso(last.value.atMs));
      await raw.client.set(
        "control:{paper}",
        JSON.stringify({ ...await raw.document("control:{paper}"), revision: 99, state: "trading" }),
      );
      await page.locator(".kill-switch :text('Trading is allowed')").waitFor();
      await page.close();
    });
  },
);

pageTest(
  "the system page says that nothing is known while Redis is away, and goes on where it was",
  async () => {
    await withRandomRun(7, async (redis, url, run) => {
      const page = await openPage(`${url}system`);
      await untilRows(page, "log", 60);
      await redis.kill();
      await shows(page, ".banner", "Redis does not answer");
      await shows(page, "[aria-label=processes] tbody", "unknown");
      equal((await downloadedRows(page, "processes")).every(({ state }) => state === "unknown"), true);
      equal((await downloadedRows(page, "leases")).every(({ state }) => state === "unknown"), true);
      equal((await downloadedRows(page, "log")).length, 60);
      await redis.start();
      await run.logLine();
      await untilRows(page, "log", 61);
      await shows(page, "[aria-label=processes] tbody", "gone");
      equal(await page.locator(".banner").count(), 0);
      await page.close();
    });
  },
);

pageTest("each page tells what will appear and when, while there is nothing to show", async () => {
  await using redis = await startServedRedis();
  await using server = await servePage(redis.uiUrl);
  const expected = {
    learning: ["No updates yet.", "No evidence yet."],
    models: ["No model serves yet", "Nothing was judged yet."],
    system: [
      "No process has reported yet.",
      "Nobody has halted this account",
      "Nothing was put aside.",
      "No line yet.",
    ],
  };
  for (const [path, texts] of Object.entries(expected)) {
    const page = await openPage(`${server.url}${path}`);
    const shown = await page.locator("main").innerText();
    for (const text of texts) ok(shown.includes(text), `${path} lacks: ${text}`);
    deepEqual(page.faults, []);
    deepEqual({ path, found: await violationsOf(page) }, { path, found: [] });
    await page.close();
  }
});

pageTest("the pages are accessible, dark and light, and fit widths from 360 px to 4K", async () => {
  await withRandomRun(3, async (_, url) => {
    for (const path of ["learning", "models", "system"]) {
      for (const theme of ["dark", "light"] as const) {
        const page = await openPage(url + path, { theme });
        await page.locator(".data-table tbody tr").first().waitFor();
        deepEqual({ path, theme, found: await violationsOf(page) }, { path, theme, found: [] });
        await page.close();
      }
      for (const width of [360, 768, 1_920, 3_840]) {
        const page = await openPage(url + path, { width });
        await page.locator(".data-table tbody tr").first().waitFor();
        equal(
          await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
          0,
          `${path} at ${width} px`,
        );
        await page.close();
      }
    }
  });
});
