import assert from "node:assert/strict";
import fc from "fast-check";
import { RiskState } from "../contracts/risk.ts";
import type { RiskRules } from "./risk_rules.ts";
import { type RiskBar, trackRisk, utcDay, withOrder } from "./risk_state.ts";
import { CALM, NO_LIMITS } from "./risk_testing.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const at = (hours: number, changes: Partial<RiskBar> = {}): RiskBar => ({
  barMs: 5 * DAY + hours * HOUR,
  equity: 100,
  fills: [],
  resumes: 0,
  ...changes,
});
const fill = (hours: number | null, quantity: string, price: string) => ({
  decidedAtMs: hours === null ? null : 5 * DAY + hours * HOUR,
  quantity,
  price,
});
const rulesWith = (perMinute: number | null, account: number | null = null): RiskRules => ({
  lane: { ...NO_LIMITS, maxOrdersPerMinute: perMinute },
  portfolio: { ...NO_LIMITS, maxOrdersPerMinute: account },
  onDailyLoss: "refuse",
  onDrawdown: "refuse",
  staleAfterMs: null,
  maxClippedShare: null,
});

Deno.test("utcDay() is the midnight before, and of a midnight itself", () => {
  assert.equal(utcDay(5 * DAY + 1), 5 * DAY);
  assert.equal(utcDay(5 * DAY), 5 * DAY);
  assert.equal(utcDay(6 * DAY - 1), 5 * DAY);
});

Deno.test("trackRisk() starts a lane from its cash, so that its first bar can lose too", () => {
  assert.deepEqual(trackRisk(null, at(3, { equity: 97 }), 100), { ...CALM, equity: 97 });
});

Deno.test("trackRisk() counts a day's loss from the last close before it, the gap of the night included", () => {
  const evening = trackRisk(CALM, at(23, { equity: 110 }), 0);
  assert.deepEqual([evening.dayStartEquity, evening.peakEquity], [100, 110]);
  const morning = trackRisk(evening, at(24, { equity: 99 }), 0);
  assert.deepEqual([morning.dayMs, morning.dayStartEquity, morning.peakEquity], [6 * DAY, 110, 110]);
  const afterWeekend = trackRisk(morning, at(24 * 4, { equity: 120 }), 0);
  assert.deepEqual([afterWeekend.dayMs, afterWeekend.dayStartEquity], [9 * DAY, 99]);
});

Deno.test("trackRisk() counts a fill to the day on which it was ordered, and a stop to its own bar's", () => {
  const first = trackRisk(CALM, at(2, { fills: [fill(1, "0.5", "40"), fill(null, "0.5", "39")] }), 0);
  assert.equal(first.traded, 39.5);
  const later = trackRisk(first, at(3, { fills: [fill(2, "2", "10.25")] }), 0);
  assert.equal(later.traded, 60);
  const overnight = trackRisk(later, at(24, { fills: [fill(23, "1", "50"), fill(null, "1", "49")] }), 0);
  assert.equal(overnight.traded, 49);
});

Deno.test("trackRisk() counts losses anew after a resume, once, and what was traded on", () => {
  const down = trackRisk({ ...CALM, traded: 7 }, at(2, { equity: 60 }), 0);
  const resumed = trackRisk(down, at(3, { equity: 59, resumes: 1 }), 0);
  assert.deepEqual(
    [resumed.dayStartEquity, resumed.peakEquity, resumed.traded, resumed.resumes],
    [59, 59, 7, 1],
  );
  const after = trackRisk(resumed, at(4, { equity: 58, resumes: 1 }), 0);
  assert.deepEqual([after.dayStartEquity, after.peakEquity], [59, 59]);
});

Deno.test("withOrder() remembers orders as far back as the longer limit looks, and none where there is none", () => {
  const minute = 60_000;
  const ordered = (rules: RiskRules, ...minutes: number[]) =>
    minutes.reduce((state, each) => withOrder(state, each * minute, rules), CALM).orderTimes
      .map((time) => time / minute);
  assert.deepEqual(ordered(rulesWith(null), 1, 2), []);
  assert.deepEqual(ordered(rulesWith(5), 1, 2, 3), [3]);
  assert.deepEqual(ordered(rulesWith(0.25), 1, 2, 3, 4, 5), [2, 3, 4, 5]);
  assert.deepEqual(ordered(rulesWith(5, 0.5), 1, 2, 3), [2, 3]);
});

Deno.test("trackRisk() and withOrder() keep to their contract whatever comes", () => {
  const bar = fc.record({
    minutes: fc.integer({ min: 1, max: 5_000 }),
    equity: fc.double({ min: -1e6, max: 1e9, noNaN: true }),
    resumes: fc.nat(2),
    isOrdered: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(bar, { maxLength: 50 }), fc.constantFrom(0.001, 1, 60), (bars, limit) => {
    let [state, barMs]: [RiskState | null, number] = [null, 5 * DAY];
    for (const { minutes, equity, resumes, isOrdered } of bars) {
      barMs += minutes * 60_000;
      state = trackRisk(state, { barMs, equity, resumes, fills: [] }, 100);
      if (isOrdered) state = withOrder(state, barMs, rulesWith(limit));
      assert.deepEqual(RiskState.parse(state), state);
      assert.ok(state.peakEquity >= state.equity);
    }
  }));
});
