import assert from "node:assert/strict";
import { FREE, fresh } from "../account/account_testing.ts";
import { formatMoney, parseMoney } from "../account/money.ts";
import type { Leg, VenueFill } from "../contracts/venue.ts";
import { type Arrivals, type Execution, executionOf, type LiveAccount, liveStep } from "./execution.ts";
import { MARKET } from "./venue_market_testing.ts";

const RULES = { ...FREE, cooldownBars: 1, stopCooldownBars: 3 };
const bar = (close: number) => ({ openTimeMs: 0, open: close, high: close, low: close, close, volume: 1 });

function told(
  leg: Leg,
  side: "buy" | "sell",
  fill: Partial<VenueFill>,
  exits: Execution["exits"] = null,
): Execution {
  const whole = { tradeId: "1", price: "100", quantity: "1", fee: "0", feeCurrency: "USDT", ...fill };
  return executionOf(whole, { leg, side, exits, barMs: 7 }, MARKET);
}

function step(before: LiveAccount, executions: readonly Execution[], close = 100) {
  const arrivals: Arrivals = { applied: 1, executions, market: MARKET };
  return liveStep(before, arrivals, bar(close), RULES);
}
const flat = (): LiveAccount => ({ account: fresh("1000"), dust: 0n });
const shown = ({ account, dust }: LiveAccount) =>
  [account.cash, account.quantity, account.feesPaid, dust].map(formatMoney);

Deno.test("liveStep() books a fee in the quote as cash, and one in the base off the quantity, to the last unit", () => {
  const inQuote = step(flat(), [told("entry", "buy", { quantity: "2", fee: "0.2" })]);
  assert.deepEqual(shown(inQuote), ["799.8", "2", "0.2", "0"]);
  const inBase = step(flat(), [told("entry", "buy", { quantity: "2", fee: "0.002", feeCurrency: "BTC" })]);
  assert.deepEqual(shown(inBase), ["800", "1.998", "0.2", "0"]);
  assert.equal(formatMoney(inBase.equityAtClose), "999.8");
});

Deno.test("liveStep() ages a position like paper: one bar after the bar of its entry", () => {
  const entered = step(flat(), [told("entry", "buy", {})]);
  assert.equal(entered.account.barsInTrade, 1);
  assert.equal(step(entered, []).account.barsInTrade, 2);
});

Deno.test("liveStep() places exits by the average price of an entry in parts, on the venue's grid", () => {
  const exits = { stopDistance: 10.004, takeDistance: 20.009 };
  const parts = ["100", "101"].map((price) => told("entry", "buy", { price }, exits));
  const { account } = step(flat(), parts);
  assert.deepEqual([account.entryPrice, account.stopPrice, account.takePrice].map(formatMoney), [
    "100.5",
    "90.49",
    "120.5",
  ]);
});

Deno.test("liveStep() starts the cooldown of an exit, a longer one after a stop, and counts it down", () => {
  for (const [leg, cooldown] of [["exit", 1], ["stop", 3]] as const) {
    const entered = step(flat(), [told("entry", "buy", {})]);
    const left = step(entered, [told(leg, "sell", {})]);
    assert.equal(left.account.cooldownLeft, cooldown);
    assert.equal(step(left, []).account.cooldownLeft, cooldown - 1);
  }
});

Deno.test("liveStep() puts less than a lot aside after an exit, and gives it to the next entry", () => {
  const entered = step(flat(), [
    told("entry", "buy", { quantity: "1", fee: "0.001003", feeCurrency: "BTC" }),
  ]);
  const left = step(entered, [told("exit", "sell", { quantity: "0.99899" })]);
  assert.deepEqual(shown(left).slice(1), ["0", "0.1003", "0.000007"]);
  const again = step(left, [told("entry", "buy", { quantity: "1" })]);
  assert.deepEqual(shown(again).slice(1), ["1.000007", "0.1003", "0"]);
});

Deno.test("liveStep() owes the venue what a fee in the base takes beyond all that the account holds", () => {
  // The venue held 0.000003 more than the ledger, less than a lot, and took 0.000002 of it.
  const entered = step(flat(), [told("entry", "buy", { quantity: "1" })]);
  const left = step(entered, [told("exit", "sell", { quantity: "1", fee: "0.000002", feeCurrency: "BTC" })]);
  assert.deepEqual(shown(left), ["1000", "0", "0", "-0.000002"]);
  assert.deepEqual(left.fills.map(({ quantity }) => formatMoney(quantity)), ["-1"]);
  const again = step(left, [told("entry", "buy", { quantity: "1" })]);
  assert.deepEqual(shown(again), ["900", "0.999998", "0", "0"]);
});

Deno.test("executionOf() says what an execution was for, and when its fee is worth nobody knows what", () => {
  const [entry, stop] = [told("entry", "buy", {}), told("stop", "sell", { fee: "0.1", feeCurrency: "BNB" })];
  assert.deepEqual([entry.fill.reason, entry.fill.decidedAtMs], ["order", 7]);
  assert.deepEqual([stop.fill.reason, stop.fill.decidedAtMs, stop.fill.fee], ["stop", null, 0n]);
  assert.deepEqual([entry, stop].map((each) => (each as { isFeeKnown?: boolean }).isFeeKnown), [true, false]);
});

Deno.test("liveStep() takes over what the venue holds, dust included", () => {
  const held = { ...flat(), dust: parseMoney("0.000005") };
  const more = step(held, [told("reconcile", "buy", { quantity: "1.5" })]);
  assert.deepEqual([shown(more)[1], shown(more)[3]], ["1.500005", "0"]);
  const none = step(more, [told("reconcile", "sell", { quantity: "1.5" })]);
  assert.deepEqual([shown(none)[1], shown(none)[3]], ["0", "0.000005"]);
  assert.deepEqual(none.fills.map(({ reason, quantity }) => `${reason} ${formatMoney(quantity)}`), [
    "reconciled -1.500005",
  ]);
});
