import assert from "node:assert/strict";
import { fromNumber } from "../core/account/money.ts";
import { orderTo } from "../core/account/order.ts";
import type { Experience } from "../core/contracts/experience.ts";
import { DAY_MS, FREE, stepOf } from "./trainer_testing.ts";
import { type DrawEntry, VirtualTrades } from "./virtual_trades.ts";

const LONG = orderTo(1, 0);
const steps = (count: number, symbol = "SPX") =>
  Array.from({ length: count }, (_, day) => stepOf(symbol, day));

/** What came before a step. */
function tradesAfter(past: readonly Experience[], changes: { seed?: number; drawEntry?: DrawEntry } = {}) {
  const trades = new VirtualTrades({ seed: 1, rulesOf: () => FREE, drawEntry: () => LONG, ...changes });
  past.forEach((step) => trades.remember(step));
  return trades;
}

Deno.test("VirtualTrades.heldAt() gives trades as they would be by now had they been opened up to 64 bars earlier", () => {
  const past = steps(100);
  const held = tradesAfter(past).heldAt(stepOf("SPX", 100), 50);
  assert.equal(held.length, 50);
  for (const { barsInTrade, entryPrice } of held) {
    assert.ok(barsInTrade >= 1 && barsInTrade <= 64);
    assert.equal(entryPrice, fromNumber(past[100 - barsInTrade].next.open));
  }
});

Deno.test("VirtualTrades.heldAt() draws ages log-uniformly", () => {
  const ages = tradesAfter(steps(100)).heldAt(stepOf("SPX", 100), 4_000).map(({ barsInTrade }) =>
    barsInTrade
  );
  for (const atMost of [1, 4, 16, 32]) {
    const share = ages.filter((age) => age <= atMost).length / ages.length;
    const expected = Math.log(atMost + 1) / Math.log(65);
    assert.ok(Math.abs(share - expected) < 0.03, `${share} up to ${atMost}, not ${expected}`);
  }
});

Deno.test("VirtualTrades.heldAt() gives the same trades whenever it is asked, and after a restart with the last 64 steps", () => {
  const past = steps(200);
  const [long, short] = [tradesAfter(past), tradesAfter(past.slice(-64))];
  const step = stepOf("SPX", 200);
  const expected = long.heldAt(step, 8);
  assert.deepEqual(long.heldAt(step, 8), expected);
  assert.deepEqual(short.heldAt(step, 8), expected);
  assert.deepEqual(short.heldAt(step, 3), expected.slice(0, 3));
});

Deno.test("VirtualTrades.heldAt() draws others for another seed, bar or symbol", () => {
  const agesOf = (symbol: string, day: number, seed: number) =>
    tradesAfter(steps(day, symbol), { seed }).heldAt(stepOf(symbol, day), 12).map(({ barsInTrade }) =>
      barsInTrade
    );
  const all = [agesOf("SPX", 100, 1), agesOf("SPX", 100, 2), agesOf("SPX", 101, 1), agesOf("XPS", 100, 1)];
  assert.equal(new Set(all.map(String)).size, 4);
});

Deno.test("VirtualTrades.heldAt() leaves out trades that a stop has ended, and those that were never opened", () => {
  const stopped = tradesAfter(steps(100), { drawEntry: () => ({ ...LONG, stopDistance: 0.01 }) });
  assert.deepEqual(stopped.heldAt(stepOf("SPX", 100), 4), []);
  const flat = tradesAfter(steps(100), { drawEntry: () => ({ ...LONG, target: 0 }) });
  assert.deepEqual(flat.heldAt(stepOf("SPX", 100), 4), []);
});

Deno.test("VirtualTrades.heldAt() knows no bar before a gap, and nothing of other symbols", () => {
  const trades = tradesAfter(steps(50));
  for (let day = 60; day < 63; day++) trades.remember(stepOf("SPX", day));
  trades.remember(stepOf("BTC", 63));
  const ages = trades.heldAt(stepOf("SPX", 63), 40).map(({ barsInTrade }) => barsInTrade);
  assert.deepEqual([...new Set(ages)].sort(), [1, 2, 3]);
  assert.deepEqual(trades.heldAt(stepOf("SPX", 64), 4), []);
  assert.deepEqual(trades.heldAt(stepOf("ETH", 64), 4), []);
});

Deno.test("VirtualTrades decides each entry on its own bar", () => {
  const asked: number[] = [];
  const trades = tradesAfter(steps(100), {
    drawEntry: (_, step) => {
      asked.push(step.barMs);
      return LONG;
    },
  });
  const held = trades.heldAt(stepOf("SPX", 100), 5);
  assert.deepEqual(asked, held.map(({ barsInTrade }) => (100 - barsInTrade) * DAY_MS));
});
