import assert from "node:assert/strict";
import type { KillPoint } from "./kill_plan.ts";
import type { KillRecord } from "./kill_watch.ts";
import { chaosReport, describeReport, killLine } from "./report.ts";
import { type VariantResult, withRound } from "./variants.ts";

const COMMIT: KillPoint = { role: "inference", kind: "FCALL commit", side: "after", victim: "process" };
const REDIS: KillPoint = { ...COMMIT, side: "before", victim: "redis" };
const kill = (victim: KillRecord["victim"], changes: Partial<KillRecord> = {}): KillRecord => ({
  victim,
  point: null,
  isSecond: false,
  recoveryMs: 100,
  ...changes,
});
const EMPTY: VariantResult = {
  ...{ name: "local runner", learns: false, rounds: 0, kills: [], compared: {}, differing: 0, first: null },
  ...{ balance: { bars: 10, fills: 2, fault: null }, deaths: [] },
};
const ROUND = {
  kills: [kill("inference-1", { point: COMMIT, recoveryMs: 900 }), kill("redis", { point: REDIS })],
  comparison: { compared: { fills: 4 }, differing: 0, first: null },
  balance: { bars: 10, fills: 4, fault: null },
  deaths: [],
};
const CONDITIONS = { seed: 1, bars: 5, seconds: 7, load: [1, 2, 3], cores: 2 };
const reportOf = (...variants: VariantResult[]) =>
  chaosReport({ variants, points: [COMMIT, REDIS], missed: [], owed: [] }, CONDITIONS);

Deno.test("withRound() adds a round up, and keeps the first fault", () => {
  const first = { key: "a", id: "1-0", field: "x", expected: 1, actual: 2 };
  const failed = { compared: { fills: 1, equity: 2 }, differing: 1, first };
  const once = withRound(EMPTY, { ...ROUND, comparison: failed, deaths: ["core: exit code 1"] });
  const twice = withRound(once, { ...ROUND, comparison: { ...failed, first: { ...first, id: "2-0" } } });
  assert.equal(twice.rounds, 2);
  assert.equal(twice.kills.length, 4);
  assert.deepEqual(twice.compared, { fills: 2, equity: 4 });
  assert.deepEqual([twice.differing, twice.first], [2, first]);
  assert.deepEqual(twice.balance, { bars: 30, fills: 10, fault: null });
  assert.deepEqual(twice.deaths, ["core: exit code 1"]);
});

Deno.test("chaosReport() counts kills, recoveries of single kills, and how often each point was hit", () => {
  const more = [10, 20, 30].map((recoveryMs) => kill("inference-2", { recoveryMs }));
  const kills = [...ROUND.kills, ...more, kill("inference-2", { isSecond: true, recoveryMs: 5_000 })];
  const waits = { ...EMPTY, learns: true, kills: [kill("inference-1", { recoveryMs: 9_999 })] };
  const report = reportOf(withRound(EMPTY, { ...ROUND, kills }), waits);
  assert.equal(report.verdict, "equal");
  assert.equal(report.kills, 7);
  assert.deepEqual(report.victims.inference, {
    ...{ kills: 6, atPoints: 1, atRandom: 5, recoveries: 4, p50Ms: 30, p99Ms: 900, maxMs: 900 },
    overlapping: { recoveries: 1, maxMs: 5_000 },
  });
  assert.equal(report.victims.core?.p50Ms, null);
  assert.deepEqual(report.coverage, [
    { process: "inference", command: "FCALL commit", before: 0, after: 1, redisBefore: 1, redisAfter: 0 },
  ]);
});

Deno.test("chaosReport() fails where a point that comes often was missed, and names it; a rare one may be", () => {
  const result = { variants: [withRound(EMPTY, ROUND)], points: [COMMIT, REDIS], missed: [COMMIT] };
  const rare = chaosReport({ ...result, owed: [] }, CONDITIONS);
  assert.deepEqual([rare.verdict, rare.pointsHit], ["equal", 1]);
  const failed = chaosReport({ ...result, owed: [COMMIT] }, CONDITIONS);
  assert.equal(failed.verdict, "failed");
  assert.match(describeReport(failed), /MISSED, though it comes often: inference .* FCALL commit/);
});

Deno.test("describeReport() names what differs, what does not balance, and who died", () => {
  assert.match(describeReport(reportOf(withRound(EMPTY, ROUND))), /Nothing was lost, doubled or changed\.$/);
  const first = { key: "{paper}:fills:A", id: "5-0", field: "price", expected: "1.5", actual: undefined };
  const text = describeReport(reportOf(
    withRound(EMPTY, {
      ...ROUND,
      comparison: { compared: {}, differing: 3, first },
      balance: { bars: 0, fills: 0, fault: "A: cash is 1" },
      deaths: ["core: exit code 1"],
    }),
  ));
  assert.match(
    text,
    /3 DIFFER; first \{paper\}:fills:A 5-0 price: without kills "1\.5", with kills absent\n/,
  );
  assert.match(text, /does NOT balance: A: cash is 1\n +DIED by itself: core: exit code 1\n/);
  assert.match(text, /FAILED: see above/);
});

Deno.test("killLine() says who died where, and when it was back", () => {
  const at = killLine(kill("inference-2", { point: COMMIT, recoveryMs: 1_234 }), 7, 200);
  assert.match(at, /^ {2}7\/200 {2}inference-2 after inference's FCALL commit +back after 1\.23 s$/);
  assert.match(killLine(kill("redis", { recoveryMs: null }), 8, 200), /redis at a random moment$/);
});
