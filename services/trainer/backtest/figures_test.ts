import assert from "node:assert/strict";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { bookOf, DAY_MS, fillOf } from "./backtest_testing.ts";
import { compare } from "./comparison.ts";
import { barsPerYear, figuresOf, intervalsOf } from "./figures.ts";
import { portfolioOf } from "./portfolio.ts";
import { roundTrips } from "./round_trips.ts";

const OPTIONS = { meanBlock: 5, draws: 400, seed: 1 };
const near = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

Deno.test("barsPerYear() counts by the bars' own times", () => {
  near(barsPerYear(Float64Array.from({ length: 366 }, (_, day) => day * DAY_MS)), 365.25, 1e-9);
  const weekdays = Array.from({ length: 365 }, (_, day) => day).filter((day) => day % 7 < 5);
  near(barsPerYear(Float64Array.from(weekdays, (day) => day * DAY_MS)), 261, 1);
});

Deno.test("portfolioOf() adds lanes up at all of their times; a lane is worth its last mark between them", () => {
  const late = bookOf([50, 60], { symbol: "Y", firstDay: 3, position: [0, 1] });
  const curve = portfolioOf([bookOf([100, 110, 120], { position: [0, 1, 1] }), late]);
  assert.deepEqual([...curve.timesMs].map((ms) => ms / DAY_MS), [1, 2, 3, 4]);
  assert.deepEqual([...curve.equity], [150, 160, 170, 180]);
  assert.deepEqual([...curve.position], [0, 110 / 160, 120 / 170, 1]);
  assert.equal(curve.ruinedMs, null);
});

Deno.test("portfolioOf() ends a curve for good where nothing is left", () => {
  const curve = portfolioOf([bookOf([100, 50, -20, 30])]);
  assert.deepEqual([...curve.equity], [100, 50, 100 * 1e-6, 100 * 1e-6]);
  assert.equal(curve.ruinedMs, 3 * DAY_MS);
});

Deno.test("roundTrips() pairs fills from flat to flat, net of all fees, resizes included", () => {
  const fills = [
    fillOf(2, 10, 100, 1),
    fillOf(3, 10, 110, 1),
    fillOf(4, -20, 120, 2), // paid 2100 and 4 of fees, got 2400
    fillOf(6, -5, 100, 1),
    fillOf(7, 5, 110, 1), // a short that lost 50 and 2 of fees
    fillOf(8, 1, 100),
  ];
  const trips = roundTrips(fills);
  assert.deepEqual(
    trips.map(({ side, invested, exit }) => [side, invested, exit && [exit.atMs / DAY_MS, exit.profit]]),
    [["long", 1_000, [4, 296]], ["short", 500, [7, -52]], ["long", 100, null]],
  );
});

Deno.test("figuresOf() counts turnover, exposure, trades, hits and fees by hand", () => {
  const fills = [fillOf(2, 10, 100, 3), fillOf(4, -10, 110, 3), fillOf(5, 10, 100, 1), fillOf(6, -10, 99, 1)];
  const book = bookOf([1_000, 1_000, 1_100, 1_100, 1_100, 1_090], {
    position: [0, 1, 1, 0, -0.5, 0],
    fills,
    borrowPaid: 2.5,
  });
  const found = figuresOf(portfolioOf([book]), [book], 5);
  near(found.turnover, (1_000 + 1_100 + 1_000 + 990) / (6_390 / 6));
  near(found.exposure, 2.5 / 6);
  assert.deepEqual([found.trades, found.hitRate, found.fees, found.borrowed, found.endEquity], [
    2,
    0.5,
    8,
    2.5,
    1_090,
  ]);
  near(found.totalReturn, 0.09);
  near(found.cagr, 0.09); // five bars are a year here
});

Deno.test("intervalsOf() hold the figures of a random walk about as often as they say", () => {
  let covered = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed);
    let value = 100;
    const equity = Array.from({ length: 250 }, () => value *= Math.exp(0.01 * random.normal()));
    const [low, high] = intervalsOf(portfolioOf([bookOf(equity)]), 250, { ...OPTIONS, seed }).sharpe;
    if (low <= 0 && 0 <= high) covered++;
  }
  assert.ok(covered >= 51, `95 % intervals held a Sharpe ratio of 0 in ${covered} of 60 walks`);
});

Deno.test("compare() tells a clear lead from none, and does not count what moves both", () => {
  const random = new SeededRandom(3);
  const market = Array.from({ length: 400 }, () => 0.02 * random.normal());
  const curveFrom = (edge: number) => {
    let value = 100;
    return portfolioOf([bookOf([100, ...market.map((step) => value *= Math.exp(step + edge))])]);
  };
  const ahead = compare(curveFrom(0.001), curveFrom(0), 400, OPTIONS);
  assert.equal(ahead.probability, 1);
  assert.ok(
    ahead.interval[0] > 0 && ahead.interval[0] < ahead.difference && ahead.difference < ahead.interval[1],
  );
  const same = compare(curveFrom(0), curveFrom(0), 400, OPTIONS);
  assert.deepEqual(same, { difference: 0, interval: [0, 0], probability: 0.5 });
});

Deno.test("compare() tells who lost less of a few minutes, though a year of it would leave nothing to either", () => {
  const losing = (aBar: number) =>
    portfolioOf([bookOf(Array.from({ length: 400 }, (_, bar) => 100 * Math.exp(-aBar * bar)))]);
  const { difference, probability } = compare(losing(0.0001), losing(0.0002), 525_600, OPTIONS);
  assert.deepEqual([difference, probability], [0, 1]);
});
