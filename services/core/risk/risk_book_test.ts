import assert from "node:assert/strict";
import type { LaneTotal } from "../contracts/risk.ts";
import { accountBook, laneBook } from "./risk_book.ts";
import { CALM, NO_LIMITS, totalOf } from "./risk_testing.ts";

const MINUTE = 60_000;
const own = (risk = {}) => ({ symbol: "A", barMs: CALM.dayMs + 10 * MINUTE, risk: { ...CALM, ...risk } });
const perMinute = (maxOrdersPerMinute: number) => ({ ...NO_LIMITS, maxOrdersPerMinute });

Deno.test("laneBook() counts the orders of the time that the limit looks back", () => {
  const times = [0, 8, 9, 9.5, 10].map((minute) => CALM.dayMs + minute * MINUTE);
  const orders = (limit: number) => laneBook(own({ orderTimes: times }), perMinute(limit)).recentOrders;
  assert.deepEqual([orders(3), orders(1), orders(0.5), orders(0.1)], [2, 2, 3, 4]);
  assert.equal(laneBook(own({ orderTimes: times }), NO_LIMITS).recentOrders, 0);
});

Deno.test("accountBook() adds up what other lanes have committed", () => {
  const times = [CALM.dayMs + 9.5 * MINUTE];
  const totals = new Map([
    ["A", totalOf({ equity: 1, traded: 1_000 }, { held: 999 })], // the own one of the bar before
    ["B", totalOf({ equity: 80, dayStartEquity: 90, traded: 30, orderTimes: times }, { held: 60 })],
    ["C", totalOf({ equity: 50, dayStartEquity: 40, traded: 5 }, { held: 0.5 })],
  ]);
  assert.deepEqual(accountBook(own({ traded: 2, orderTimes: times }), totals, perMinute(5)), {
    equity: 230,
    dayStartEquity: 230,
    peakEquity: 230,
    traded: 37,
    recentOrders: 2,
    heldElsewhere: 60.5,
  });
});

Deno.test("accountBook() takes a lane of another day, or from before a resume, as one that has lost nothing yet", () => {
  const before = { equity: 80, dayStartEquity: 90, traded: 30 };
  const totals = new Map([
    ["B", totalOf({ ...before, dayMs: CALM.dayMs - 86_400_000, resumes: 1 })],
    ["C", totalOf({ ...before, resumes: 0 })],
  ]);
  const { equity, dayStartEquity, traded } = accountBook(own({ resumes: 1 }), totals, NO_LIMITS);
  assert.deepEqual([equity, dayStartEquity, traded], [260, 260, 30]);
});

Deno.test("accountBook() takes the others as they were before the bar, so that it is the same whoever decides first", () => {
  const { barMs } = own();
  const { before: _, ...earlier } = totalOf({ equity: 80 }, {
    held: 60,
    barMs: barMs - MINUTE,
    accountPeak: 300,
  });
  const later = totalOf({ equity: 10 }, { held: 99, barMs, accountPeak: 900, before: earlier });
  const book = (total: Map<string, LaneTotal>) => accountBook(own(), total, NO_LIMITS);
  const first = book(new Map([["B", { ...earlier, before: null }]]));
  assert.deepEqual([first.equity, first.heldElsewhere, first.peakEquity], [180, 60, 300]);
  assert.deepEqual(book(new Map([["B", later]])), first);
  const ahead = { ...later, barMs: barMs + MINUTE };
  assert.deepEqual(book(new Map([["B", ahead]])), first, "as early as it is known");
  const fresh = book(new Map([["B", { ...later, before: null }]]));
  assert.deepEqual([fresh.equity, fresh.heldElsewhere, fresh.peakEquity], [100, 0, 100], "not there yet");
});

Deno.test("accountBook() adds up in one order, whatever the order of what was read", () => {
  const lanes = ["B", "C", "D"].map((symbol, index) =>
    [symbol, totalOf({ equity: [0.1, 0.7, 1e16][index] })] as const
  );
  const equity = (order: readonly (readonly [string, LaneTotal])[]) =>
    accountBook(own({ equity: 0.3 }), new Map(order), NO_LIMITS).equity;
  assert.equal(equity(lanes.toReversed()), equity(lanes));
});

Deno.test("accountBook() keeps the highest total that any lane has seen since the last resume", () => {
  const peaks = (resumes: number) =>
    accountBook(
      own({ resumes }),
      new Map([
        ["A", totalOf({ resumes: 0 }, { accountPeak: 400 })],
        ["B", totalOf({ resumes: 1 }, { accountPeak: 350 })],
        ["C", totalOf({ resumes: 1 })],
      ]),
      NO_LIMITS,
    ).peakEquity;
  assert.deepEqual([peaks(0), peaks(1), peaks(2)], [400, 350, 300]);
});
