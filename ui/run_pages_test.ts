/** The pages Learning, Models and System in a browser: each value equals what a stranger finds in Redis, on made-up values. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Browser } from "playwright-core";
import { systemClock, until } from "../services/core/runtime/clock.ts";
import { quarantineRule } from "../services/core/telemetry/quarantine_rule.ts";
import { buildClientBundle } from "./build.ts";
import { count, decimal, figure, moment, percent, signedPercent } from "./components/format.ts";
import { violationsOf } from "./testing/accessibility.ts";
import { findChromium, startChromium } from "./testing/chromium.ts";
import { downloadedRows, seenRows } from "./testing/page_tables.ts";
import { RandomRun, SYMBOLS } from "./testing/random_run.ts";
import type { RawEntry } from "./testing/raw_redis.ts";
import {
  openPage,
  type ServedRedis,
  servePage,
  startServedRedis,
  type WatchedPage,
} from "./testing/served_page.ts";

const executable = findChromium();
const SEEDS = [11, 2_024];
const DEADLINE = { deadlineMs: 15_000 };
let browser: Browser;

function pageTest(name: string, test: () => Promise<void>): void {
  Deno.test({
    name: executable === null ? `${name} (skipped: no Chromium is installed)` : name,
    ignore: executable === null,
    // The browser outlives its tests.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: test,
  });
}

Deno.test.beforeAll(async () => {
  if (executable === null) return;
  await buildClientBundle();
  browser = await startChromium(executable);
});
Deno.test.afterAll(() => browser?.close());

/** A server on made-up values. */
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

/** Waits until a table has so many rows, so that all that was written has arrived. */
async function untilRows(page: WatchedPage, name: string, rows: number): Promise<void> {
  await until(
    systemClock,
    `${rows} rows of ${name}`,
    async () => await page.locator(`[aria-label="${name}"] tbody tr`).count() === rows,
    DEADLINE,
  );
}

/** A downloaded cell of a text: one that a spreadsheet would take for a formula is quoted. */
function asCell(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

const iso = (ms: unknown) => new Date(Number(ms)).toISOString();
const idMs = ({ id }: RawEntry) => Number(id.split("-")[0]);
const text = (value: unknown) => String(value);

for (const seed of SEEDS) {
  pageTest(`the learning page shows every report as Redis holds it (seed ${seed})`, async () => {
    await withRandomRun(seed, async ({ raw }, url) => {
      const page = await openPage(browser, `${url}learning`);
      await untilRows(page, "learning reports", 100);
      const reports = await raw.newest("learning:metrics", 1_000);
      equal(reports.length, 130);
      const recent = reports.slice(0, 100);
      const downloaded = await downloadedRows(page, "learning reports");
      deepEqual(
        downloaded,
        recent.map((entry) => {
          const { liveExperiences: _live, replayCapacity: _capacity, ...value } = entry.value;
          return {
            at: iso(idMs(entry)),
            ...Object.fromEntries(Object.entries(value).map(([key, of]) => [key, text(of)])),
          };
        }).map((row) =>
          Object.fromEntries(
            Object.keys(downloaded[0]).map((key) => [key, (row as Record<string, string>)[key]]),
          )
        ),
      );
      const seen = await seenRows(page, "learning reports");
      deepEqual(
        seen,
        recent.map((entry) => {
          const of = (key: string) => Number(entry.value[key]);
          return [
            moment(idMs(entry)),
            count(of("updates")),
            ...["loss", "meanAbsTd", "meanValue", "gradNorm"].map((key) => figure(of(key))),
            percent(of("epsilon"), 2),
            count(of("replayed")),
            decimal(of("updatesPerSecond"), 0),
            count(of("experiences")),
            count(of("skipped")),
          ];
        }),
      );
      const newest = reports[0].value as Record<string, number>;
      const tiles = await page.locator(".tiles .tile-value").allInnerTexts();
      deepEqual([tiles[0], tiles[1], tiles[2], tiles[5]], [
        count(newest.updates),
        figure(newest.loss),
        figure(newest.meanAbsTd),
        percent(newest.replayed / newest.replayCapacity),
      ]);
      const strips = await page.locator(".strip-chart").evaluateAll((found) =>
        found.map((
          strip,
        ) => [
          (strip as HTMLElement).dataset.strip,
          (strip.querySelector("figcaption") as HTMLElement).innerText,
        ])
      );
      const losses = reports.map(({ value }) => Number(value.loss));
      equal(
        strips[0][1],
        `Mean squared TD error. From ${figure(losses.at(-1)!)} to ${figure(losses[0])}, lowest ${
          figure(Math.min(...losses))
        }, highest ${figure(Math.max(...losses))}.`,
      );
      equal(strips.length, 7);
      await page.locator(".strip-chart canvas").nth(6).waitFor();
      deepEqual(page.faults, []);
      await page.close();
    });
  });

  pageTest(
    `the models page shows every verdict, its metadata and its reliability as Redis holds them (seed ${seed})`,
    async () => {
      await withRandomRun(seed, async ({ raw }, url) => {
        const page = await openPage(browser, `${url}models`);
        await untilRows(page, "verdicts", 24);
        const events = await raw.newest("model:events", 100);
        const metadataOf = async (version: unknown) => await raw.document(`model:metadata:${version}`);
        const verdicts = await downloadedRows(page, "verdicts");
        for (const [index, { value }] of events.entries()) {
          const metadata = await metadataOf(value.version);
          const gate = value.gate as { step: string; passed: boolean; reason: string }[];
          const step = gate.find(({ passed }) => !passed) ?? gate.at(-1)!;
          const { ece, ...rest } = verdicts[index];
          deepEqual(rest, {
            at: iso(value.atMs),
            bar: iso(value.adoptAfterMs),
            version: value.version,
            outcome: value.outcome,
            strategy: metadata?.strategy ?? "",
            parent: metadata?.parent ?? "",
            updates: text(value.updates),
            why: `${step.step}: ${step.reason}`,
          });
          equal(ece === "", metadata === null);
        }
        const shown = events.filter(({ value }) => value.outcome !== "refused").slice(0, 3);
        for (const { value } of shown) {
          const version = text(value.version);
          await page.goto(`${url}models?version=${version}`);
          await page.locator(".connection:has-text('Connected')").waitFor();
          await page.locator(`.version-line code:text-is("${version}")`).waitFor();
          const metadata = (await metadataOf(version))!;
          const facts = Object.fromEntries(
            await page.locator(".model-details .facts > div").evaluateAll((found) =>
              found.map((fact) => [fact.querySelector("dt")!.innerText, fact.querySelector("dd")!.innerText])
            ),
          );
          equal(facts["SHA-256"], metadata.sha256);
          equal(facts["Schema hash"], metadata.schemaHash);
          equal(facts.Strategy, metadata.strategy);
          equal(facts.Parent, metadata.parent ?? "none: the first");
          equal(facts.Made, `${moment(Number(metadata.createdMs))} UTC`);
          equal(facts.loss, figure((metadata.metrics as { loss: number }).loss));
          const blob = (await raw.client.getBuffer(`model:blob:${version}`))!;
          const header = JSON.parse(blob.subarray(8, 8 + Number(blob.readBigUInt64LE(0))).toString());
          const { confidence } = JSON.parse(header.__metadata__.passport);
          const bins = (confidence.reliability as { predicted: number; observed: number; count: number }[])
            .toSorted((a, b) => a.predicted - b.predicted);
          const table = await downloadedRows(page, `reliability of ${version}`);
          deepEqual(
            table.map(({ predicted, observed, count: of }) => [predicted, observed, of]),
            bins.map(({ predicted, observed, count: of }) => [text(predicted), text(observed), text(of)]),
          );
          ok(
            (await page.locator(".model-confidence figcaption").innerText()).includes(
              `Off by ${percent(confidence.ece)} on average (ECE)`,
            ),
          );
          const gate = value.gate as { reason: string; figures: Record<string, number> }[];
          const steps = (await page.locator(".model-details .gate-step").allInnerTexts()).join("\n");
          for (const { figures } of gate) {
            for (const [name, of] of Object.entries(figures)) {
              ok(steps.includes(`${name} ${figure(of)}`), `${name}: ${steps}`);
            }
          }
        }
        const shadow = ((await raw.document("model:gate"))!.shadow as { version: string; afterMs: number })!;
        const decided = (await Promise.all(SYMBOLS.map((symbol) =>
          raw.newest(`model:shadow:${symbol}`, 100)
        ))).flat();
        const differing = decided.filter(({ value }) => value.differs).length;
        ok((await page.locator(".shadow .reason").first().innerText()).startsWith(
          `It has decided 7 of 20 bars without orders; ${differing} of 14 decisions differ from the champion's.`,
        ));
        const rows = await downloadedRows(page, "shadow decisions");
        equal(rows.length, 14);
        for (const row of rows) {
          const entry = decided.find(({ value }) =>
            value.symbol === row.symbol && iso(value.barMs) === row.bar
          )!.value;
          deepEqual([row.choice, row.reason], [entry.choice ?? "none", asCell(text(entry.reason))]);
        }
        match(shadow.version, /^m-/);
        const [challenger] = events.filter(({ value }) => value.version !== null);
        const evidence = (challenger.value.gate as { figures: Record<string, number> }[])[1].figures;
        equal(
          await page.locator(".versus tbody tr").first().innerText(),
          ["Growth", evidence.growth, evidence.championGrowth, evidence.holdingGrowth]
            .map((of) => typeof of === "number" ? signedPercent(of) : of).join("\t"),
        );
        deepEqual(page.faults, []);
        await page.close();
      });
    },
  );

  pageTest(
    `the system page shows processes, leases, quarantine, log and control as Redis holds them (seed ${seed})`,
    async () => {
      await withRandomRun(seed, async ({ raw }, url) => {
        const page = await openPage(browser, `${url}system`);
        await untilRows(page, "log", 60);
        const beats = Object.values(await raw.documents("system:heartbeats")).sort((a, b) =>
          text(a.id) < text(b.id) ? -1 : 1
        );
        const processes = await downloadedRows(page, "processes");
        deepEqual(
          processes.map(({ ageMs: _age, ...row }) => row),
          beats.map(({ id, pid, memoryMb, startedMs, atMs, activity, figures, metricsUrl }) => ({
            state: "gone",
            ...{ id, pid: text(pid), memoryMb: text(memoryMb) },
            upSeconds: text(Math.round((Number(atMs) - Number(startedMs)) / 1_000)),
            activity: asCell(text(activity)),
            figures: Object.entries(figures as Record<string, number>).map(([name, of]) => `${name} ${of}`)
              .join("; "),
            metricsUrl,
          })),
        );
        const leases = await raw.client.hgetall("{paper}:leases");
        deepEqual(
          (await downloadedRows(page, "leases")).map((
            { symbol, replica, token },
          ) => [symbol, replica, token]),
          Object.entries(leases).sort().map(([symbol, lease]) => [symbol, ...lease.split("|").slice(0, 2)]),
        );
        const put = await raw.newest("system:quarantine", 500);
        deepEqual(
          await downloadedRows(page, "quarantine"),
          put.map(({ value: { atMs, process, source, entry, reason, content } }) => ({
            at: iso(atMs),
            process,
            rule: quarantineRule({ source: text(source), entry: text(entry), reason: text(reason) }),
            source: asCell(text(source)),
            entry: asCell(text(entry)),
            reason: asCell(text(reason)),
            content: asCell(text(content)),
          })),
        );
        const log = await raw.newest("system:log", 500);
        deepEqual(
          await downloadedRows(page, "log"),
          log.map(({ value: { atMs, level, process, message, fields } }) => ({
            at: iso(atMs),
            ...{ level, process },
            message: asCell(text(message)),
            fields: asCell(text(fields)),
          })),
        );
        await page.selectOption("[aria-label='Least level']", "warn");
        await untilRows(page, "log", log.filter(({ value }) => value.level !== "info").length);
        await page.selectOption("[aria-label='Least level']", "error");
        await page.selectOption("[aria-label='Process']", "core");
        await untilRows(
          page,
          "log",
          log.filter(({ value }) => value.level === "error" && value.process === "core").length,
        );
        await page.selectOption("[aria-label='Rule']", "jump");
        await untilRows(
          page,
          "quarantine",
          put.filter(({ value }) => text(value.reason).startsWith("jump: ")).length,
        );

        const control = (await raw.document("control:{paper}"))!;
        const facts = Object.fromEntries(
          await page.locator(".kill-switch .facts > div").evaluateAll((found) =>
            found.map((fact) => [fact.querySelector("dt")!.innerText, fact.querySelector("dd")!.textContent])
          ),
        ) as Record<string, string>;
        ok(facts.Since.startsWith(`${moment(Number(control.atMs))} UTC`));
        equal(facts.By, control.by);
        equal(facts.Why, control.reason);
        equal(facts.Positions, control.flatten ? "are closed" : "stay as they are");
        equal(facts.Changes, `${count(Number(control.revision))}, resumed ${control.resumes} times`);
        const tiles = await page.locator(".tiles .tile-value").allInnerTexts();
        match(tiles[0], /halted/);
        equal(tiles[1], "0 of 4");
        equal(tiles[6], count(put.length));
        const info = await raw.client.info("memory");
        const limit = Number(/^maxmemory:(\d+)/m.exec(info)![1]);
        match(
          await page.locator(".memory p").innerText(),
          new RegExp(`of ${Math.round(limit / 1e6)} MB`),
        );
        deepEqual(page.faults, []);
        await page.close();
      });
    },
  );
}

pageTest(
  "the pages follow what is written after they were opened, and say when a process is back",
  async () => {
    await withRandomRun(5, async ({ raw }, url, run) => {
      const page = await openPage(browser, `${url}system`);
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
    const page = await openPage(browser, `${server.url}${path}`);
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
        const page = await openPage(browser, url + path, { theme });
        await page.locator(".data-table tbody tr").first().waitFor();
        deepEqual({ path, theme, found: await violationsOf(page) }, { path, theme, found: [] });
        await page.close();
      }
      for (const width of [360, 768, 1_920, 3_840]) {
        const page = await openPage(browser, url + path, { width });
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
