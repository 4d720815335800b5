import assert from "node:assert/strict";
import { frequentPointsOf, KillPlan, nameOf, pointsOf, type SeenCommands } from "./kill_plan.ts";

const SEEN: SeenCommands[] = [
  { role: "inference", kind: "FCALL commit", early: 0, late: 6_000 },
  { role: "inference", kind: "GET {*}:lane:*", early: 4, late: 0 },
  { role: "inference", kind: "AUTH", early: 4, late: 0 },
  { role: "core", kind: "XADD market:bars:*:*", early: 100, late: 3_000 },
  { role: "core", kind: "XREAD {*}:decisions:*", early: 0, late: 60 },
];

/** So many kills, each hit. */
function played(seed: number, kills: number): string[] {
  const plan = new KillPlan([seed, 0], SEEN, pointsOf(SEEN), kills);
  return Array.from({ length: kills }, (_, done) => {
    const kill = plan.next(done, false)!;
    if (!("point" in kill)) return JSON.stringify(kill);
    plan.hit(kill.point);
    return `${nameOf(kill.point)} ${kill.nth}`;
  });
}

Deno.test("pointsOf() gives both sides of every command but greetings, and Redis where it is changed", () => {
  assert.deepEqual(pointsOf(SEEN.slice(0, 3)).map(nameOf).sort(), [
    "inference after inference's FCALL commit",
    "inference after inference's GET {*}:lane:*",
    "inference before inference's FCALL commit",
    "inference before inference's GET {*}:lane:*",
    "redis after inference's FCALL commit",
    "redis before inference's FCALL commit",
  ]);
});

Deno.test("KillPlan draws the same kills from the same seed, and others from another", () => {
  assert.deepEqual(played(1, 60), played(1, 60));
  assert.notDeepEqual(played(1, 60), played(2, 60));
});

Deno.test("KillPlan hits every point once where there is room, commits first, and fills up at random", () => {
  const kills = played(3, 60);
  const points = pointsOf(SEEN).map(nameOf);
  const hit = kills.filter((kill) => kill.includes("'s ")).map((kill) => kill.replace(/ \d+$/, ""));
  assert.deepEqual(hit.toSorted(), points.toSorted());
  assert.ok(hit.slice(0, 4).every((name) => name.endsWith("FCALL commit")));
  const drawn = kills.filter((kill) => kill.startsWith("{")).map((kill) => JSON.parse(kill));
  assert.equal(drawn.length, 60 - points.length);
  assert.deepEqual(
    [...new Set(drawn.map(({ victim }) => victim))].sort(),
    ["core", "inference-1", "inference-2", "redis", "trainer"],
  );
  assert.ok(drawn.some(({ second }) => second !== null) && drawn.some(({ second }) => second === null));
});

Deno.test("KillPlan keeps some kills for random moments where there is no room for all points", () => {
  const kills = played(1, 8);
  const drawn = kills.filter((kill) => kill.startsWith("{")).length;
  assert.ok(drawn > 0 && drawn < 8, `${drawn} of 8`);
});

Deno.test("KillPlan asks before the first commit for what a process sends at its start, and no more after a miss in a restart", () => {
  const startAlone = pointsOf(SEEN).filter(({ kind }) => kind.startsWith("GET"));
  const plan = new KillPlan([1], SEEN, pointsOf(SEEN), 200);
  for (let done = 0, early = plan.next(done, true); early !== null; early = plan.next(++done, true)) {
    assert.ok("point" in early && early.point.kind.startsWith("GET"), "XADD has its turn under load");
    plan.hit(early.point);
  }
  assert.equal(plan.queue.length, pointsOf(SEEN).length - startAlone.length);
  const other = new KillPlan([1], SEEN, startAlone, 2);
  for (const point of startAlone) {
    assert.equal(other.needsStart(point), true);
    other.missed(point, false);
  }
  assert.ok(!("point" in other.next(0, false)!), "a restart does not pass it");
  assert.ok("point" in other.next(0, true)!, "a new run does");
});

Deno.test("frequentPointsOf() are those of writes that a run sends twenty times or more", () => {
  const of = (kind: string, late: number) =>
    frequentPointsOf([{ role: "core", kind, early: 99, late }]).length;
  assert.deepEqual([of("SET x", 19), of("SET x", 20), of("GET x", 99)], [0, 4, 0]);
});

Deno.test("KillPlan waits by turns for what a process sends at its start and hardly ever again, or starts it", () => {
  const seen = [{ role: "trainer", kind: "SET model:current", early: 1, late: 14 }] as const;
  const points = pointsOf(seen);
  const plan = new KillPlan([1], seen, points, 10);
  const turns = Array.from({ length: 4 }, () => {
    plan.missed(points[0]!, false);
    return plan.needsStart(points[0]!);
  });
  assert.deepEqual(turns, [true, false, true, false]);
  plan.missed(points[0]!, true);
  assert.equal(plan.needsStart(points[0]!), false, "what comes before the first commit is no turn");
});
