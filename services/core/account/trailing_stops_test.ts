import assert from "node:assert/strict";
import { fromLaneAccount, toLaneAccount } from "./account.ts";
import { accountStep } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, shownFills } from "./account_testing.ts";
import { formatMoney } from "./money.ts";

const TRAILING = { stopDistance: 4, isTrailing: true };
const stopAfter = (account: typeof long, ...bars: ReturnType<typeof barOf>[]) =>
  formatMoney(bars.reduce((held, bar) => accountStep(held, null, bar, FREE).account, account).stopPrice);
const long = holding(1, 100, TRAILING); // stop 96
const short = holding(-1, 100, TRAILING); // stop 104

Deno.test("accountStep() lets a stop follow the best price, and never back", () => {
  assert.equal(stopAfter(long), "96");
  assert.equal(stopAfter(long, barOf(100, 103, 97, 105)), "101");
  assert.equal(stopAfter(long, barOf(100, 103, 97, 105), barOf(103, 102, 101.5, 103)), "101");
  assert.equal(stopAfter(short, barOf(100, 97, 95, 103)), "99");
  assert.equal(stopAfter(short, barOf(100, 97, 95, 103), barOf(97, 98, 97, 98.5)), "99");
});

Deno.test("accountStep() does not stop out by a best price of the same bar, but by the next open", () => {
  // A high of 110 puts the stop to 106: the low of 97 may have been before it.
  const bar = barOf(100, 104, 97, 110);
  const { fills, account } = accountStep(long, null, bar, FREE);
  assert.deepEqual([fills, formatMoney(account.stopPrice)], [[], "106"]);
  assert.deepEqual(shownFills(accountStep(account, null, barOf(104, 108), FREE).fills), ["stop -10 at 104"]);
  const still = accountStep(long, null, barOf(100, 103, 97, 105), FREE).account;
  assert.deepEqual(shownFills(accountStep(still, null, barOf(103, 102, 100.9), FREE).fills), [
    "stop -10 at 101",
  ]);
});

Deno.test("accountStep() follows from the bar of the entry on; of an entry inside it by the close alone", () => {
  const atOpen = accountStep(fresh(), go(1, TRAILING), barOf(100, 103, 97, 105), FREE).account;
  assert.equal(formatMoney(atOpen.stopPrice), "101");
  const inside = (close: number) =>
    accountStep(fresh(), go(1, { ...TRAILING, limitPrice: 100 }), barOf(101, close, 97, 105), FREE).account;
  assert.deepEqual([inside(103).stopPrice, inside(99).stopPrice].map(formatMoney), ["99", "96"]);
});

Deno.test("accountStep() leaves a fixed stop, and a position without one, where they are", () => {
  assert.equal(stopAfter(holding(1, 100, { stopDistance: 4 }), barOf(100, 103, 97, 105)), "96");
  assert.equal(stopAfter(holding(1, 100, { isTrailing: true }), barOf(100, 103, 97, 105)), "0");
});

Deno.test("accountStep() keeps a trailing stop through a resize, to the tick, and forgets it with the position", () => {
  const held = accountStep(long, go(0.5, { isResize: true }), barOf(100, 103, 97, 105.3), {
    ...FREE,
    tick: 0.25,
  });
  assert.equal(formatMoney(held.account.stopPrice), "101.25"); // 101.3 of a sale, down
  const out = accountStep(held.account, go(0), barOf(103), FREE).account;
  assert.deepEqual([out.stopPrice, out.trailDistance], [0n, 0n]);
  assert.deepEqual(fromLaneAccount(toLaneAccount(held.account)), held.account);
});
