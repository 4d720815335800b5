import assert from "node:assert/strict";
import { dirtFigures, dirtLines, type DirtRecord, DirtTally } from "./dirt_tally.ts";

const record = (rule: DirtRecord["rule"], number: number, content = "row"): DirtRecord => ({
  rule,
  source: `x.csv:${number}`,
  entry: "X",
  reason: `${rule}: it is ${number}`,
  content,
});

Deno.test("DirtTally counts by rule, tells the first case, and keeps all that was put aside", () => {
  const tally = new DirtTally("x.csv", 10);
  tally.add("repair", record("unordered", 1), 7);
  tally.add("quarantine", record("jump", 2));
  tally.add("quarantine", record("missing", 3));
  tally.add("halt", record("jump", 4));
  tally.warnings.push("X is odd");
  assert.deepEqual(tally.records.map(({ source }) => source), ["x.csv:2", "x.csv:3", "x.csv:4"]);
  assert.deepEqual(tally.repairs.map(({ source }) => source), ["x.csv:1"]);
  assert.deepEqual(dirtLines(tally), [
    "7 repaired as unordered; the first: x.csv:1 unordered: it is 1",
    "1 recorded as missing; the first: x.csv:3 missing: it is 3",
    "1 quarantined, 1 halted as jump; the first: x.csv:2 jump: it is 2",
    "X is odd",
  ]);
  assert.deepEqual(dirtFigures(tally), {
    repaired: 7,
    quarantined: 1,
    gaps: 1,
    halted: 1,
    dirt_unordered: 7,
    dirt_jump: 2,
    dirt_missing: 1,
  });
});

Deno.test("DirtTally is empty where all is clean", () => {
  const tally = new DirtTally("x.csv", 0);
  assert.deepEqual([dirtLines(tally), dirtFigures(tally)], [[], {}]);
});

Deno.test("DirtTally refuses a feed that would lose more than it may, but for gaps, of which it keeps the first 900", () => {
  const tally = new DirtTally("x.csv", 2);
  for (let number = 0; number < 2_000; number++) tally.add("quarantine", record("missing", number));
  assert.equal(tally.records.length, 900);
  assert.equal(tally.counts.get("missing")?.quarantined, 2_000);
  tally.add("quarantine", record("jump", 1));
  tally.add("quarantine", record("late", 2));
  assert.throws(() => tally.add("quarantine", record("late", 3)), {
    name: "RangeError",
    message:
      /^Cannot use x.csv as at most 2 of its rows may be quarantined .* one more is\. So far:\n {2}2 quarantined as late/,
  });
});

Deno.test("DirtTally keeps the first 200 repairs, and counts all", () => {
  const tally = new DirtTally("x.csv", 2);
  for (let number = 0; number < 300; number++) tally.add("repair", record("doubled", number));
  assert.deepEqual([tally.repairs.length, tally.repairs.at(-1)?.source], [200, "x.csv:199"]);
  assert.equal(tally.counts.get("doubled")?.repaired, 300);
});

Deno.test("DirtTally cuts contents as the quarantine does", () => {
  const tally = new DirtTally("x.csv", 2);
  tally.add("quarantine", record("jump", 1, "x".repeat(3_000)));
  assert.equal(tally.records[0].content.length, 2_000);
});
