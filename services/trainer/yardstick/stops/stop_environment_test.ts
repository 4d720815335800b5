import assert from "node:assert/strict";
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import { OLDEST_TRADE } from "../../virtual_trades.ts";
import { StopEnvironment } from "./stop_environment.ts";
import { stopPath, type StopTick } from "./stop_market.ts";
import { scorerOf } from "./stop_testing.ts";

const PAID = scorerOf("A-stop");
const REBATED = scorerOf("A-stop-rebate");
const { plain } = PAID.market;
const SD = plain.returnSd;
const environmentOf = ({ market, space } = PAID, trades = 8) =>
  new StopEnvironment({ market, space, trades, random: new SeededRandom(9), regressionHeads: 1 });
const FRESH = PAID.space.fresh.map(({ candidate }) => candidate.point);
/** Where long with stops begins among the fresh accounts, after short and flat. */
const LONG = 4;

function tickOf(logReturn: number, recent: readonly number[] = []): StopTick {
  const features = Float32Array.of(0);
  return { features, nextFeatures: features, logReturn, expectedReturn: 0, state: 0, recent };
}

Deno.test("StopEnvironment teaches fresh accounts alone at the beginning of a path", () => {
  const outcomes = environmentOf().outcomes(tickOf(0.01));
  assert.deepEqual(outcomes.map(({ point }) => point), FRESH);
  assert.deepEqual(
    outcomes.map(({ reward }) => Math.round(reward * SD * 1e9) / 1e9 + 0),
    [-0.01, -0.01, -0.01, 0, 0.01, 0.01, 0.01],
  );
});

Deno.test("StopEnvironment pays for a stop, or earns its rebate, and goes on from flat", () => {
  const closed = (scorer: typeof PAID) => environmentOf(scorer, 0).outcomes(tickOf(-0.03))[LONG + 1];
  assert.ok(Math.abs(closed(PAID).reward * SD - (-0.02 - 0.006)) < 1e-12);
  assert.ok(Math.abs(closed(REBATED).reward * SD - (-0.02 + 0.006)) < 1e-12);
  assert.deepEqual(closed(PAID).next.map(({ point }) => point), FRESH);
  const kept = environmentOf(PAID, 0).outcomes(tickOf(-0.03))[LONG + 2];
  assert.deepEqual(kept.next.map(({ point }) => point.class), [0, 0, 0, 1, 2]);
  const costs = [0.012, 0.012, 0.012, 0.006, 0];
  kept.next.forEach(({ cost }, index) => assert.ok(Math.abs(cost - costs[index] / SD) < 1e-12));
});

Deno.test("StopEnvironment's virtual trades are what the ticks made of entries up to 64 ticks old", () => {
  const environment = environmentOf();
  const ages: number[] = [];
  for (const tick of stopPath(PAID.market, new SeededRandom(2)).take(1_500)) {
    const trades = environment.outcomes(tick).slice(FRESH.length);
    for (const { point } of trades) {
      const age = Math.round(Math.expm1(point.scalars[1] * Math.log(65)));
      assert.ok(age >= 1 && age <= Math.min(OLDEST_TRADE, tick.recent.length), `age ${age}`);
      const moved = tick.recent.slice(0, age).reduce((sum, value) => sum + value, 0);
      const pnl = Math.max(-8, Math.min(8, (point.class - 1) * moved / SD)) / 4;
      assert.ok(Math.abs(point.scalars[0] - pnl) < 1e-4, `${point.scalars[0]}, not ${pnl}`);
      assert.ok(point.scalars[2] < 1, "no trade is beyond its stop");
      ages.push(age);
    }
  }
  // Log-uniform: as many of 1 to 7 ticks as of 8 to 64, more as stops close old ones.
  const young = ages.filter((age) => age <= 7).length / ages.length;
  assert.ok(young > 0.5 && young < 0.65, `${young}`);
  assert.ok(ages.length > 1_500 * 7, `${ages.length} trades`);
});
