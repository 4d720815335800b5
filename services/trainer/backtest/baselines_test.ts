import assert from "node:assert/strict";
import { FREE } from "../trainer_testing.ts";
import { DAY_MS, feedFrom } from "./backtest_testing.ts";
import { type BaselineParts, buyAndHold, randomTrader, smaCrossover, stayFlat } from "./baselines.ts";

function partsOf(prices: readonly number[], fromDay = 1): BaselineParts {
  return {
    feed: feedFrom({ X: prices }),
    span: { fromMs: fromDay * DAY_MS, toMs: prices.length * DAY_MS },
    strategy: { cash: "1000", rulesOf: () => FREE },
  };
}
const endOf = ([book]: ReturnType<typeof buyAndHold>) => book!.equity.at(-1)!;

Deno.test("buyAndHold() buys all at the second open and keeps it; stayFlat() keeps the cash", () => {
  const parts = partsOf([50, 100, 110, 121]);
  assert.deepEqual(buyAndHold(parts)[0]!.equity, [1_000, 1_000, 1_100, 1_210]);
  assert.equal(buyAndHold(parts)[0]!.fills.length, 1);
  assert.deepEqual(stayFlat(parts)[0]!.equity, [1_000, 1_000, 1_000, 1_000]);
});

Deno.test("buyAndHold() pays what everybody pays", () => {
  const parts = partsOf([100, 100, 100]);
  const costly = {
    ...parts,
    strategy: { ...parts.strategy, rulesOf: () => ({ ...FREE, takerBps: 100 }) },
  };
  assert.ok(Math.abs(endOf(buyAndHold(costly)) - 1_000 / 1.01) < 1e-6);
});

Deno.test("smaCrossover() is long while the last 50 closes are above the last 200, and knows the bars before the span", () => {
  const rising = Array.from({ length: 260 }, (_, day) => 100 + day);
  const falling = rising.toReversed();
  const held = (prices: readonly number[], fromDay: number) =>
    smaCrossover(partsOf(prices, fromDay))[0]!.position.filter((each) => each !== 0).length;
  assert.equal(held(rising, 250), 10); // decided at the close of day 250, filled at the next open
  assert.equal(held(rising, 1), 60); // the average of 200 is there at the close of day 200
  assert.equal(held(falling, 250), 0);
});

Deno.test("randomTrader() enters, leaves and sizes as the given lane did, on average", () => {
  const prices = Array.from({ length: 4_000 }, (_, day) => 100 + Math.sin(day));
  const parts = partsOf(prices);
  const like = smaCrossover(partsOf(prices)).map((book) => {
    // Held for 5 of every 20 bars, with half of the equity.
    book.position.forEach((_, day) => book.position[day] = day % 20 < 15 ? 0 : 0.5);
    return book;
  });
  const [drawn] = randomTrader(parts, like, 1, 0);
  const held = drawn!.position.filter((each) => each !== 0);
  assert.ok(Math.abs(held.length / 4_000 - 0.25) < 0.05, `${held.length} bars held`);
  assert.ok(Math.abs(drawn!.fills.length / 2 - 200) < 40, `${drawn!.fills.length} fills`);
  assert.ok(held.every((each) => Math.abs(each - 0.5) < 0.02));
  assert.deepEqual(randomTrader(parts, like, 1, 0)[0]!.equity, drawn!.equity);
  assert.notDeepEqual(randomTrader(parts, like, 1, 1)[0]!.equity, drawn!.equity);
});

Deno.test("randomTrader() stays flat like a lane that never traded", () => {
  const parts = partsOf([100, 101, 102, 103]);
  assert.equal(randomTrader(parts, stayFlat(parts), 1, 0)[0]!.fills.length, 0);
});
