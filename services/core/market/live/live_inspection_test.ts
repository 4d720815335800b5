import assert from "node:assert/strict";
import type { DirtRule } from "../../config/dirt_config.ts";
import { MiscConfig } from "../../config/misc.ts";
import type { BadEntry } from "../../redis/store.ts";
import type { DirtCount } from "../dirt_tally.ts";
import { LiveInspection } from "./live_inspection.ts";
import { at, barAt } from "./live_market_testing.ts";

function world(dirt: object = {}, instruments: object[] = []) {
  const bad: BadEntry[] = [];
  const counts = new Map<DirtRule, DirtCount>();
  const inspection = new LiveInspection({
    ...{ name: "fake:market", symbol: "A", timeframe: "1m", counts },
    rules: MiscConfig.parse({ dirt, instruments }),
    quarantine: (entry) => bad.push(entry),
  });
  return { inspection, counts, bad, reasons: () => bad.map(({ reason }) => reason) };
}
const bar = barAt(1);

Deno.test("LiveInspection.sound() lets sound bars through, repairs or puts aside the others as configured", () => {
  const { inspection, reasons } = world({ unreadable: "repair" });
  assert.deepEqual(inspection.sound(bar), bar);
  assert.deepEqual(inspection.sound({ ...bar, volume: undefined }), { ...bar, volume: 0 });
  assert.deepEqual(inspection.sound({ ...bar, high: bar.low }), { ...bar, high: bar.close });
  assert.equal(inspection.sound({ ...bar, close: -1 }), null);
  assert.equal(inspection.sound({ ...bar, openTimeMs: undefined }), null);
  assert.match(reasons()[0], /^not_positive: close must be a number from 1e-8 to 9e7: it is -1$/);
  assert.match(reasons()[1], /^unreadable: openTimeMs must be a time$/);
});

Deno.test("LiveInspection.refuse() counts copies, and keeps what differs or comes too late", () => {
  const { inspection, counts, bad, reasons } = world();
  inspection.refuse(bar, { kind: "doubled", reason: "it is there" });
  inspection.refuse(bar, { kind: "full", reason: "too many wait" });
  assert.deepEqual([counts.get("doubled")?.repaired, bad.length], [1, 0]);
  inspection.refuse(bar, { kind: "differs", reason: "its close is 6" });
  inspection.refuse(bar, { kind: "passed", reason: "later bars are there" });
  inspection.refuse(bar, { kind: "off grid", reason: "it opens at 7" });
  assert.deepEqual(reasons(), [
    "doubled: its close is 6",
    "late: later bars are there",
    "unreadable: it opens at 7",
  ]);
  assert.deepEqual([bad[0].key, bad[0].id], ["fake:market A", String(at(1))]);
});

Deno.test("LiveInspection halts its symbol where a rule says so, and says which", () => {
  const kinds = { late: "passed", doubled: "differs", unreadable: "off grid" } as const;
  for (const [rule, kind] of Object.entries(kinds)) {
    const { inspection, reasons } = world({ [rule]: "halt" });
    inspection.refuse(bar, { kind, reason: "that is how it is" });
    assert.ok(inspection.isHalted, rule);
    assert.deepEqual(reasons(), [`${rule}: that is how it is; the symbol is halted`]);
  }
});

Deno.test("LiveInspection.prime() makes it judge as if it had seen what was published", () => {
  const past = Array.from({ length: 80 }, (_, index) => barAt(index));
  const jump = { ...barAt(80), high: 900, close: 900 };
  const fresh = world();
  assert.deepEqual(fresh.inspection.pass(jump), [jump]);
  const primed = world();
  primed.inspection.prime(past);
  assert.deepEqual(primed.inspection.pass(jump), []);
  assert.match(primed.reasons()[0], /^jump: close must be/);
});

Deno.test("LiveInspection.expected() goes by the symbol's calendar, around the clock where none is named", () => {
  const [friday, monday] = [at(5 * 1_440 - 1), at(7 * 1_440)]; // 1 January 2024 was a Monday
  assert.equal(world().inspection.expected(friday, monday), 2 * 1_440);
  const { inspection } = world({}, [{ symbols: "A", calendar: "weekdays" }]);
  assert.equal(inspection.expected(friday, monday), 0);
});
