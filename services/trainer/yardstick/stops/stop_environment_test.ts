import assert from "node:assert/strict";
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import { StopEnvironment } from "./stop_environment.ts";
import { LONGEST_TRADE, stopPath, type StopTick } from "./stop_market.ts";
import { makeStopMarket } from "./stop_markets.ts";
import { SCALARS, StopSpace } from "./stop_space.ts";

const MARKET = makeStopMarket("A-stop");
const REBATED = makeStopMarket("A-stop-rebate");
const SD = MARKET.plain.returnSd;
const SPACE = new StopSpace({ ...MARKET.plain, sigma: MARKET.sigma, stops: MARKET.stops });
const environmentOf = (market = MARKET, trades = 8) =>
  new StopEnvironment(market, SPACE, { trades, random: new SeededRandom(9) });

function tickOf(logReturn: number, recent: readonly number[] = []): StopTick {
  const features = Float32Array.of(0);
  return { features, nextFeatures: features, logReturn, expectedReturn: 0, state: 0, recent };
}

Deno.test("StopEnvironment teaches fresh accounts alone at the beginning of a path", () => {
  const outcomes = environmentOf().outcomes(tickOf(0.01));
  assert.deepEqual(outcomes.map(({ point }) => point), SPACE.fresh.map(({ point }) => point));
  assert.deepEqual(
    outcomes.map(({ reward }) => Math.round(reward * SD * 1e9) / 1e9 + 0),
    [0, -0.01, -0.01, -0.01, 0.01, 0.01, 0.01],
  );
});

Deno.test("StopEnvironment pays for a stop, or earns its rebate, and goes on from flat", () => {
  const closed = (market: typeof MARKET) => environmentOf(market, 0).outcomes(tickOf(-0.03))[5];
  assert.ok(Math.abs(closed(MARKET).reward * SD - (-0.02 - 0.006)) < 1e-12);
  assert.ok(Math.abs(closed(REBATED).reward * SD - (-0.02 + 0.006)) < 1e-12);
  assert.deepEqual(closed(MARKET).next.map(({ point }) => point), SPACE.fresh.map(({ point }) => point));
  const kept = environmentOf(MARKET, 0).outcomes(tickOf(-0.03))[6];
  assert.equal(kept.next[0].point.class, 2);
  assert.ok(Math.abs(kept.next[1].cost - 0.006 / SD) < 1e-12);
});

Deno.test("StopEnvironment's virtual trades are what the ticks made of entries up to 64 ticks old", () => {
  const environment = environmentOf();
  const ages: number[] = [];
  for (const tick of stopPath(MARKET, new SeededRandom(2)).take(1_500)) {
    const trades = environment.outcomes(tick).slice(SPACE.fresh.length);
    for (const { point } of trades) {
      assert.equal(point.scalars.length, SCALARS);
      const age = Math.round(Math.expm1(point.scalars[1] * Math.log(65)));
      assert.ok(age >= 1 && age <= Math.min(LONGEST_TRADE, tick.recent.length), `age ${age}`);
      const moved = tick.recent.slice(0, age).reduce((sum, value) => sum + value, 0);
      const pnl = Math.max(-8, Math.min(8, (point.class - 1) * moved / SD)) / 4;
      assert.ok(Math.abs(point.scalars[0] - pnl) < 1e-4, `${point.scalars[0]}, not ${pnl}`);
      assert.ok(point.scalars[2] < 1, "no trade is beyond its stop");
      ages.push(age);
    }
  }
  // Log-uniform: as many of 1 to 7 ticks as of 8 to 64, less those that a stop has closed.
  const young = ages.filter((age) => age <= 7).length / ages.length;
  assert.ok(young > 0.5 && young < 0.65, `${young}`);
  assert.ok(ages.length > 1_500 * 5, `${ages.length} trades`);
});
