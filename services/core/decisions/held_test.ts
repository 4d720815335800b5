import assert from "node:assert/strict";
import { fresh, holding } from "../account/account_testing.ts";
import { heldOf, positionOf } from "./held.ts";

const SIDES = [0, 1, -1];
const EXITS = { stopDistance: 4, takeDistance: 6 };
const at = (close: number, atr: number | null = 2) => ({ close, atr, sigma: 0.02 });
const near = (a: number | null, b: number) => assert.ok(a !== null && Math.abs(a - b) < 1e-9, `${a}`);

Deno.test("heldOf() measures a position in sigmas, average true ranges and its share of the equity", () => {
  const long = heldOf(holding(0.5, 100, EXITS), at(104), SIDES); // 5 at 100, 500 of cash
  assert.deepEqual([long.class, long.barsInTrade, long.cooldownLeft], [1, 1, 0]);
  near(long.exposure, 520 / 1020);
  near(long.unrealisedPnl, Math.log(1.04) / 0.02);
  near(long.stopDistance, 4);
  near(long.takeDistance, 1);
  const short = heldOf(holding(-0.5, 100, EXITS), at(102), SIDES); // -5 at 100, 1500 of cash
  near(short.exposure, -510 / 990);
  near(short.unrealisedPnl, -Math.log(1.02) / 0.02);
  near(short.stopDistance, 1);
  near(short.takeDistance, 4);
});

Deno.test("heldOf() says nothing of a flat account but its cooldown, and needs no range for one without exits", () => {
  assert.deepEqual(heldOf({ ...fresh(), cooldownLeft: 3 }, at(100, null), SIDES), {
    class: 0,
    exposure: 0,
    unrealisedPnl: 0,
    barsInTrade: 0,
    stopDistance: null,
    takeDistance: null,
    cooldownLeft: 3,
  });
  assert.equal(heldOf(holding(1, 100), at(100, null), SIDES).stopDistance, null);
});

Deno.test("heldOf() refuses a stop that nothing measures, and a side that no action is on", () => {
  for (const atr of [null, 0, NaN]) {
    assert.throws(() => heldOf(holding(1, 100, EXITS), at(100, atr), SIDES), {
      name: "RangeError",
      message: `Cannot measure a stop or take as the average true range must be positive: it is ${atr}`,
    });
  }
  assert.throws(() => heldOf(holding(-1, 100), at(100), [0, 1]), /must be on its side, -1: they are 0, 1/);
});

Deno.test("positionOf() gives a ruined account a finite exposure on its side", () => {
  assert.deepEqual(positionOf(holding(-1, 100), 250, SIDES), { class: 2, exposure: -100 });
});
