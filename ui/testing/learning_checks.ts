/** Compares the learning page with what a stranger finds in Redis. */
import { deepEqual, equal } from "node:assert/strict";
import { count, decimal, figure, moment, percent } from "../components/format.ts";
import { idMs, iso, text, untilRows } from "./cells.ts";
import type { OpenPage } from "./page_tests.ts";
import { downloadedRows, seenRows } from "./page_tables.ts";
import type { RawEntry, RawRedis } from "./raw_redis.ts";

const MOST_SHOWN = 100;
const COLUMNS = [
  "updates",
  "loss",
  "meanAbsTd",
  "meanValue",
  "gradNorm",
  "epsilon",
  "replayed",
  "updatesPerSecond",
  "experiences",
  "skipped",
];

/** Every report in the table, as downloaded and as seen; the tiles; and each curve's words. */
export async function checkLearningPage(page: OpenPage, raw: RawRedis): Promise<void> {
  const reports = await raw.newest("learning:metrics", 100_000);
  const recent = reports.slice(0, MOST_SHOWN);
  await untilRows(page, "learning reports", recent.length);
  deepEqual(
    await downloadedRows(page, "learning reports"),
    recent.map((entry) => ({
      at: iso(idMs(entry)),
      ...Object.fromEntries(COLUMNS.map((key) => [key, text(entry.value[key])])),
    })),
  );
  deepEqual(await seenRows(page, "learning reports"), recent.map(seenReport));
  const newest = reports[0]!.value as Record<string, number>;
  const tiles = await page.locator(".tiles .tile-value").allInnerTexts();
  deepEqual([tiles[0], tiles[1], tiles[2], tiles[5]], [
    count(newest.updates),
    figure(newest.loss!),
    figure(newest.meanAbsTd!),
    percent(newest.replayed! / newest.replayCapacity!),
  ]);
  const words = await page.locator(".strip-chart figcaption").allInnerTexts();
  equal(words.length, 7);
  equal(words[0], wordsOfLosses(reports));
  await page.locator(".strip-chart canvas").nth(6).waitFor();
}

function seenReport(entry: RawEntry): string[] {
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
}

/** Of many reports every second, fourth, … is drawn, and the last. @param reports Newest first. */
function wordsOfLosses(reports: readonly RawEntry[]): string {
  let stride = 1;
  while (reports.length / stride > 512) stride *= 2;
  const losses = reports.toReversed().filter((_, index) =>
    index % stride === 0 || index === reports.length - 1
  )
    .map(({ value }) => Number(value.loss));
  return `Mean squared TD error. From ${figure(losses[0]!)} to ${figure(losses.at(-1)!)}, lowest ${
    figure(Math.min(...losses))
  }, highest ${figure(Math.max(...losses))}.`;
}
