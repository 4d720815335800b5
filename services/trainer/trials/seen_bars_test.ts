import assert from "node:assert/strict";
import type { Feed } from "../../core/market/feed.ts";
import { DAY_MS, feedFrom } from "../backtest/backtest_testing.ts";
import type { Span } from "../backtest/span.ts";
import { areSameBars, seenBars, seesAgain } from "./seen_bars.ts";

const PRICES = Array.from({ length: 100 }, (_, day) => 100 + Math.sin(day) * 10);
const FEED = feedFrom({ X: PRICES });
const days = (from: number, to: number) => ({ fromMs: from * DAY_MS, toMs: to * DAY_MS });
const SEEN = seenBars(FEED, days(51, 100));
const again = (feed: Feed, span: Span, earlier = SEEN) => seesAgain(earlier, seenBars(feed, span), feed);

Deno.test("seenBars() keeps the ends of each symbol's bars, and few between them", () => {
  const [{ samples, ...rest }] = SEEN as [typeof SEEN[0]];
  assert.deepEqual(rest, { symbol: "X", timeframe: "1d", fromMs: 51 * DAY_MS, toMs: 100 * DAY_MS, bars: 50 });
  assert.equal(samples.length, 16);
  assert.deepEqual([samples[0], samples.at(-1)], [[51 * DAY_MS, PRICES[50]], [100 * DAY_MS, PRICES[99]]]);
  assert.deepEqual(seenBars(FEED, days(200, 300)), []);
  assert.equal(seenBars(FEED, days(7, 7))[0]!.samples.length, 1);
});

Deno.test("seesAgain() counts a single bar that was seen before, and none that only lies near", () => {
  assert.ok(again(FEED, days(52, 100)), "moved by a bar");
  assert.ok(again(FEED, days(1, 51)), "the first one alone");
  assert.ok(!again(FEED, days(1, 50)));
  assert.ok(!again(FEED, days(51, 100), seenBars(FEED, days(1, 50))));
});

Deno.test("seesAgain() tells other data under the same name, and not those that were mended, cut or have grown", () => {
  const span = days(51, 100);
  const other = feedFrom({ X: PRICES.map((price) => price * 1.01) });
  assert.ok(!again(other, span));
  assert.ok(!again(feedFrom({ Y: PRICES.map((price) => price + 1) }), span), "another symbol");
  assert.ok(again(feedFrom({ Y: PRICES }), span), "another name");
  const mended = feedFrom({ X: PRICES.map((price, day) => day % 9 === 0 ? price + 1 : price) });
  assert.ok(again(mended, span));
  const grown = feedFrom({ X: [...PRICES, 90, 91] });
  assert.ok(again(grown, days(60, 102)));
  assert.ok(again(feedFrom({ W: PRICES, X: PRICES }), span), "one symbol of two");
});

Deno.test("areSameBars() holds for equal spans of equal data alone", () => {
  assert.ok(areSameBars(SEEN, seenBars(FEED, days(51, 100))));
  assert.ok(!areSameBars(SEEN, seenBars(FEED, days(52, 100))));
});
