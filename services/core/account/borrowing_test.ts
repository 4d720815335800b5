import assert from "node:assert/strict";
import { accountStep, fillAtOpen } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, lastBar, shownFills } from "./account_testing.ts";
import { formatMoney } from "./money.ts";

const DAY_MS = 86_400_000;
/** 0.01 % a day. */
const BORROW = { ...FREE, borrowBps: 365 };
const MARGIN = { ...FREE, maxLeverage: 2, marginBps: 365 };

Deno.test("fillAtOpen() charges a short for the time since the open before, by its notional now", () => {
  const short = holding(-1, 100); // -10 at 100, 2000 in cash
  const { account, equityAtOpen } = fillAtOpen(short, null, barOf(110), BORROW, lastBar());
  // 1100 × 0.0365 × 1 / 365
  assert.deepEqual([account.borrowPaid, account.cash, equityAtOpen].map(formatMoney), [
    "0.11",
    "1999.89",
    "899.89",
  ]);
  const monday = fillAtOpen(short, null, barOf(110), BORROW, lastBar({ openTimeMs: -3 * DAY_MS }));
  assert.equal(formatMoney(monday.account.borrowPaid), "0.33");
});

Deno.test("fillAtOpen() charges before it fills, and what is closed owes nothing more", () => {
  const { account, fills } = fillAtOpen(holding(-1, 100), go(0), barOf(110), BORROW, lastBar());
  assert.deepEqual(shownFills(fills), ["order 10 at 110"]);
  assert.equal(formatMoney(account.cash), "899.89");
  assert.equal(fillAtOpen(account, null, barOf(110), BORROW, lastBar()).account.cash, account.cash);
  const entered = fillAtOpen(fresh(), go(-1), barOf(110), BORROW, lastBar()).account;
  assert.equal(entered.borrowPaid, 0n);
});

Deno.test("fillAtOpen() charges no long that is paid for", () => {
  const rules = { ...BORROW, marginBps: 365 };
  assert.equal(fillAtOpen(holding(1, 100), null, barOf(110), rules, lastBar()).account.borrowPaid, 0n);
});

Deno.test("fillAtOpen() rounds what is borrowed up to the unit", () => {
  // 1100 × 0.0365 × 1 ms / 365 days are 1.27e-9.
  const { account } = fillAtOpen(holding(-1, 100), null, barOf(110), BORROW, lastBar({ openTimeMs: -1 }));
  assert.equal(account.borrowPaid, 1n);
});

Deno.test("fillAtOpen() charges interest on cash below zero", () => {
  const long = holding(2, 100, {}, MARGIN); // 20 at 100, -1000 in cash
  assert.equal(formatMoney(long.cash), "-1000");
  const { account } = fillAtOpen(long, null, barOf(110), MARGIN, lastBar());
  // 1000 × 0.0365 × 1 / 365
  assert.deepEqual([account.borrowPaid, account.cash].map(formatMoney), ["0.1", "-1000.1"]);
});

Deno.test("fillAtOpen() refuses to charge for a time that it does not know", () => {
  assert.throws(() => accountStep(holding(-1, 100), null, barOf(110), BORROW), {
    name: "RangeError",
    message: "Cannot charge for what was borrowed as the bar before must be known: there is none",
  });
});
