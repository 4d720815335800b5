import assert from "node:assert/strict";
import type { Control } from "../contracts/control.ts";
import type { RiskBook } from "../contracts/risk.ts";
import { controlAt } from "../redis/ledger_samples_testing.ts";
import { type Breach, controlAfter, haltReason, lossBreaches } from "./loss_limits.ts";
import { CALM_BOOK, NO_LIMITS } from "./risk_testing.ts";

const ACTIONS = { onDailyLoss: "refuse", onDrawdown: "halt" } as const;
const scope = (book: Partial<RiskBook>, whose = "") => ({
  whose,
  book: { ...CALM_BOOK, ...book },
  limits: { ...NO_LIMITS, maxDailyLoss: 0.03, maxDrawdown: 0.5 },
});
const AT = { symbol: "SPX", barMs: 1_000, nowMs: 77 };

Deno.test("lossBreaches() tells losses beyond their limits, with figures, open profit included", () => {
  assert.deepEqual(lossBreaches([scope({ equity: 96.8 })], ACTIONS), [
    { reason: "daily loss 3.2 % is over the limit of 3 %", action: "refuse" },
  ]);
  assert.deepEqual(lossBreaches([scope({ equity: 97 })], ACTIONS), [], "at the limit it holds");
  assert.deepEqual(lossBreaches([scope({ equity: 120 })], ACTIONS), []);
  assert.deepEqual(lossBreaches([scope({ equity: 96.9999, dayStartEquity: 100 })], ACTIONS), [
    { reason: "daily loss 3.01 % is over the limit of 3 %", action: "refuse" },
  ]);
});

Deno.test("lossBreaches() tells what is lost of the lane and of the account, each by its own limits", () => {
  const breaches = lossBreaches([
    scope({ equity: 99, peakEquity: 220 }),
    scope({ equity: 950, dayStartEquity: 1_000, peakEquity: 1_000 }, "the account's "),
  ], ACTIONS);
  assert.deepEqual(breaches, [
    { reason: "drawdown 55 % is over the limit of 50 %", action: "halt" },
    { reason: "the account's daily loss 5 % is over the limit of 3 %", action: "refuse" },
  ]);
});

Deno.test("lossBreaches() counts a lane that has nothing left as having lost all", () => {
  const ruined = { equity: -5, dayStartEquity: -5, peakEquity: 100 };
  assert.deepEqual(lossBreaches([scope(ruined)], ACTIONS).map(({ reason }) => reason), [
    "daily loss 100 % is over the limit of 3 %",
    "drawdown 105 % is over the limit of 50 %",
  ]);
});

Deno.test("controlAfter() halts by the breaches that ask for it, and names them and their lane", () => {
  const breaches: Breach[] = [
    { reason: "daily loss 4 % is over the limit of 3 %", action: "refuse" },
    { reason: "drawdown 55 % is over the limit of 50 %", action: "halt" },
  ];
  assert.equal(controlAfter(null, breaches.slice(0, 1), AT), null);
  assert.deepEqual(controlAfter(null, breaches, AT), {
    revision: 1,
    state: "halted",
    flatten: false,
    reason: "SPX: drawdown 55 % is over the limit of 50 %",
    by: "risk limit",
    atMs: 77,
    barMs: 1_000,
    resumes: 0,
  });
});

Deno.test("controlAfter() leaves a halt as it is, but for one that has to close what is held", () => {
  const [halt, flatten]: Breach[] = [{ reason: "a", action: "halt" }, { reason: "b", action: "flatten" }];
  const after = (control: Control, ...breaches: Breach[]) => controlAfter(control, breaches, AT);
  assert.equal(after(controlAt(4), halt), null);
  assert.equal(after(controlAt(4, { flatten: true }), halt, flatten), null);
  const escalated = after(controlAt(4, { resumes: 2 }), halt, flatten);
  assert.deepEqual([escalated?.revision, escalated?.flatten, escalated?.resumes], [5, true, 2]);
  assert.equal(escalated?.reason, "SPX: a; b");
  const again = after(controlAt(4, { state: "trading", flatten: true }), halt);
  assert.deepEqual([again?.revision, again?.state, again?.flatten], [5, "halted", false]);
});

Deno.test("haltReason() tells a halt by a limit in bar time, and one by hand by the clock", () => {
  const barMs = Date.UTC(2020, 2, 16, 13, 30);
  assert.equal(haltReason(controlAt(1, { barMs })), "trading is halted since bar 2020-03-16 13:30: a test");
  assert.equal(haltReason(controlAt(1)), "trading is halted since 1970-01-01 UTC: a test");
});
