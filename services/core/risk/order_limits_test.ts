import assert from "node:assert/strict";
import fc from "fast-check";
import { roomFor, vetoesOf } from "./order_limits.ts";
import { amount, percent, percentBeyond } from "./risk_figures.ts";
import { orderWindow, type RiskLimits } from "./risk_rules.ts";
import { CALM_BOOK, NO_LIMITS } from "./risk_testing.ts";

const scope = (limits: Partial<RiskLimits>, book = {}, whose = "") => ({
  whose,
  book: { ...CALM_BOOK, ...book },
  limits: { ...NO_LIMITS, ...limits },
});

Deno.test("orderWindow() looks back a minute, or as long as one order has to last", () => {
  assert.deepEqual(orderWindow(1), { windowMs: 60_000, most: 1 });
  assert.deepEqual(orderWindow(2.7), { windowMs: 60_000, most: 2 });
  assert.deepEqual(orderWindow(0.1), { windowMs: 600_000, most: 1 });
});

Deno.test("vetoesOf() weighs what is planned beside what was traded on the day", () => {
  const planned = (before: number, after: number, traded: number) =>
    vetoesOf({ before, after, equity: 100 }, [scope({ maxDailyTurnover: 2 }, { traded })]);
  assert.deepEqual(planned(0, 1, 100), []);
  assert.deepEqual(planned(0, 1, 100.5), [
    "turnover of the day would be 200.5, over the limit of 200",
  ]);
  assert.deepEqual(planned(-0.5, 1, 50.01).length, 1);
  assert.deepEqual(planned(0.5, 1, 150), []);
});

Deno.test("roomFor() gives the tightest share of equity, exact where a limit is a share", () => {
  for (const share of [1, 0.5, 0.1, 1 / 3]) {
    const rounded = Math.floor(share * 1e8 + 1e-6) / 1e8;
    assert.equal(roomFor(123_456.78, [scope({ maxPosition: share }, { equity: 123_456.78 })]).share, rounded);
  }
  assert.deepEqual(roomFor(100, [scope({})]), { share: Infinity, reason: "" });
  assert.deepEqual(roomFor(100, [scope({ maxPosition: 0.5, maxNotional: 40 })]), {
    share: 0.4,
    reason: "position limit is 40",
  });
  assert.equal(roomFor(-3, [scope({ maxPosition: 0.5 })]).share, 0, "nothing can be held without equity");
});

Deno.test("roomFor() never lets a lane hold more than its share, its amount and what others leave", () => {
  const value = fc.double({ min: 1, max: 1e9, noNaN: true });
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(fc.property(value, share, value, value, (equity, maxPosition, maxNotional, heldElsewhere) => {
    const all = equity + heldElsewhere;
    const { share: room } = roomFor(equity, [
      scope({ maxPosition, maxNotional }, { equity }),
      scope({ maxPosition }, { equity: all, heldElsewhere }, "the account's "),
    ]);
    const slack = 1e-12 * all;
    assert.ok(room >= 0);
    assert.ok(room * equity <= maxPosition * equity + slack);
    assert.ok(room * equity <= maxNotional + slack);
    assert.ok(room === 0 || room * equity + heldElsewhere <= maxPosition * all + slack);
  }));
});

Deno.test("figures read as beyond their limit where they are", () => {
  assert.deepEqual([percent(0.5), percent(0.0333), percent(1)], ["50 %", "3.33 %", "100 %"]);
  assert.deepEqual([percentBeyond(0.032), percentBeyond(0.03000001)], ["3.2 %", "3.01 %"]);
  assert.equal(amount(1_234_567.891), "1,234,567.89");
});
