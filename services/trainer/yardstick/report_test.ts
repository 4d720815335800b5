import assert from "node:assert/strict";
import { curvePicture } from "./curve_picture.ts";
import type { LearningRun } from "./learning_run.ts";
import { documentOf, missesOf, reportOf, tableOf } from "./report.ts";
import { findingsOf } from "./targets.ts";
import type { Yardstick } from "./yardstick.ts";

function runOf(seed: number, score: number, changes: Partial<LearningRun> = {}): LearningRun {
  return {
    seed,
    final: { score, reward: 0.001 * score, turnover: 0.07 },
    curve: [{ tick: 50, score: 0.2 }, { tick: 100, score }],
    ticksTo: [100, 150, 200],
    earned: { expected: 0.95, withLuck: 0.97 },
    updates: 7,
    seconds: 1,
    ...changes,
  };
}

const finding = (market: string, runs: LearningRun[], measure: string, statistic: string) =>
  findingsOf(market, runs).find((found) => found.measure === measure && found.statistic === statistic)!;

Deno.test("findingsOf() compares median and worst seed with the market's targets", () => {
  const runs = [runOf(1, 0.99), runOf(2, 0.94), runOf(3, 0.985)];
  assert.deepEqual(finding("A", runs, "score", "median"), {
    measure: "score",
    statistic: "median",
    value: 0.985,
    target: 0.98,
    isMet: true,
  });
  assert.deepEqual(finding("A", runs, "score", "worst").isMet, false);
  assert.equal(finding("B", runs, "turnover", "median").isMet, null);
});

Deno.test("findingsOf() takes the most ticks for the worst, and never for more than any", () => {
  const runs = [runOf(1, 1), runOf(2, 1), runOf(3, 1, { ticksTo: [100, 900, null] })];
  assert.equal(finding("A", runs, "ticks to 95 %", "median").value, 200);
  assert.equal(finding("A", runs, "ticks to 95 %", "worst").value, Infinity);
  assert.equal(finding("A", runs, "ticks to 95 %", "worst").isMet, false);
});

const NOTHING = { expected: null, withLuck: null };

Deno.test("findingsOf() leaves out what a market does not have, and averages the middle of an even number", () => {
  const runs = [runOf(1, 0.9, { earned: NOTHING }), runOf(2, 1, { earned: NOTHING })];
  assert.equal(finding("D", runs, "earned while learning", "median"), undefined);
  assert.equal(finding("D", runs, "score", "median").value, 0.95);
});

const YARDSTICK: Yardstick = {
  name: "A",
  line: "A: some market",
  facts: { about: "some market", optimum: { bpPerTick: 11.5 } },
  unit: "ticks",
  usualTicks: 6_000,
  run: () => Promise.reject(new Error("not used")),
};
const REPORT = reportOf(YARDSTICK, [runOf(1, 0.99), runOf(2, 0.5, { ticksTo: [200, null, null] })]);

Deno.test("tableOf() puts targets beside values, aligned, and says what is missed", () => {
  assert.equal(
    tableOf([REPORT], true),
    `market  measure                median  target         worst  target
A       score                   0.745  >= 0.98 MISS   0.500  >= 0.95 MISS
        turnover               0.0700                0.0700
        ticks to 80 %             150                   200
        ticks to 90 %           never                 never
        ticks to 95 %           never  <= 300 MISS    never  <= 600 MISS
        earned while learning   0.950  >= 0.94 ok     0.950  >= 0.85 ok`,
  );
  assert.equal(missesOf([REPORT]), 4);
  assert.doesNotMatch(tableOf([REPORT], false), /target|ok|MISS/);
});

Deno.test("documentOf() is plain JSON with every run, and no number that JSON cannot hold", () => {
  const document = JSON.parse(JSON.stringify(documentOf([REPORT])));
  assert.equal(document.misses, 4);
  assert.equal(document.markets[0].market, "A");
  assert.equal(document.markets[0].optimum.bpPerTick, 11.5);
  assert.deepEqual(document.markets[0].runs[1].ticksTo, { "0.8": 200, "0.9": null, "0.95": null });
  assert.deepEqual(document.markets[0].runs[0].curve, [[50, 0.2], [100, 0.99]]);
  assert.ok(
    document.markets[0].findings.every((found: { value: unknown }) =>
      found.value === null || typeof found.value === "number"
    ),
  );
});

Deno.test("curvePicture() draws a panel a market and a line a seed, in bounds", () => {
  const picture = curvePicture([REPORT, REPORT, REPORT]);
  assert.equal(picture.match(/<g /g)!.length, 3);
  assert.equal(picture.match(/stroke-opacity/g)!.length, 6);
  assert.match(picture, /viewBox="0 0 600 300"/);
  assert.doesNotMatch(picture, /NaN|Infinity|undefined/);
});
