import assert from "node:assert/strict";
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import { expectTick, FLAT_ACCOUNT, passTick, type StopAccount } from "./stop_account.ts";

const [SHORT, LONG] = [0, 2];

function entered(decision: number, stop: number): StopAccount {
  return { decision, pnl: 0, ticks: 0, stop };
}

function near(actual: number, expected: number, tolerance = 1e-12): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected} ± ${tolerance}`);
}

Deno.test("passTick() adds up P&L and ticks of a trade, and leaves flat alone", () => {
  const first = passTick(entered(SHORT, 0), 0.01);
  assert.deepEqual([first.logReturn, first.isStopped, first.account.ticks], [-0.01, false, 1]);
  const second = passTick(first.account, -0.03);
  near(second.account.pnl, 0.02);
  assert.equal(second.account.ticks, 2);
  assert.deepEqual(passTick(FLAT_ACCOUNT, 0.5), { account: FLAT_ACCOUNT, logReturn: 0, isStopped: false });
});

Deno.test("passTick() closes a trade at its stop's price, counted from the entry", () => {
  const { account } = passTick(entered(LONG, 0.02), 0.015);
  assert.equal(passTick(account, -0.034).isStopped, false);
  const stopped = passTick(account, -0.05);
  near(stopped.logReturn, -0.035);
  assert.deepEqual([stopped.account, stopped.isStopped], [FLAT_ACCOUNT, true]);
  assert.equal(passTick(entered(SHORT, 0.02), 0.02).isStopped, true, "reaching it is enough");
  assert.equal(passTick(entered(LONG, 0), -0.9).isStopped, false, "without a stop");
});

Deno.test("expectTick() gives the means of what passTick() does", () => {
  const random = new SeededRandom(4);
  const draws = Float64Array.from({ length: 200_000 }, () => 0.004 + 0.01 * random.normal());
  for (const account of [entered(LONG, 0.02), { ...entered(SHORT, 0.04), pnl: -0.03 }, entered(SHORT, 0)]) {
    const { logReturn, stopChance } = expectTick(account, 0.004, 0.01);
    const passed = Array.from(draws, (draw) => passTick(account, draw));
    near(passed.reduce((sum, one) => sum + one.logReturn, 0) / draws.length, logReturn, 1e-4);
    near(passed.filter(({ isStopped }) => isStopped).length / draws.length, stopChance, 0.003);
  }
  assert.deepEqual(expectTick(FLAT_ACCOUNT, 0.004, 0.01), { logReturn: 0, stopChance: 0 });
});
