import assert from "node:assert/strict";
import { FLAT_ACCOUNT, type StopAccount } from "./stop_account.ts";
import { bestCandidate, StopSpace } from "./stop_space.ts";
import { STOP_DECISIONS } from "./stop_testing.ts";

const SPACE = new StopSpace(STOP_DECISIONS, {
  costs: { buy: 0.006, sell: 0.004, hold: 0 },
  returnSd: 0.01,
  sigma: 0.01,
});
const TRADE: StopAccount = { decision: 2, pnl: -0.01, ticks: 4, stop: 0.04 };
const said = (account: StopAccount) =>
  SPACE.candidates(account).map(({ account: { decision, stop }, cost }) => [decision, stop, cost]);

Deno.test("StopSpace.candidates() of flat are flat and each entry with each stop", () => {
  assert.deepEqual(said(FLAT_ACCOUNT), [
    [0, 0, 0.004],
    [0, 0.02, 0.004],
    [0, 0.04, 0.004],
    [1, 0, 0],
    [2, 0, 0.006],
    [2, 0.02, 0.006],
    [2, 0.04, 0.006],
  ]);
});

Deno.test("StopSpace.candidates() of a trade keep it as it is, close it or turn it, and never enter it anew", () => {
  assert.deepEqual(said(TRADE), [
    [0, 0, 0.008],
    [0, 0.02, 0.008],
    [0, 0.04, 0.008],
    [1, 0, 0.004],
    [2, 0.04, 0],
  ]);
  assert.equal(SPACE.candidates(TRADE)[4].account, TRADE);
  assert.deepEqual(SPACE.candidates(TRADE).map(({ fresh }) => fresh), [0, 1, 2, 3, null]);
});

Deno.test("StopSpace shows P&L, age and distance of the stop in the product's scales", () => {
  const { class: position, scalars } = SPACE.keep(TRADE).candidate.point;
  assert.equal(position, 2);
  const expected = [-0.25, Math.log(5) / Math.log(65), Math.exp(-1.5)];
  assert.equal(scalars.length, expected.length);
  expected.forEach((value, index) => assert.ok(Math.abs(scalars[index] - value) < 1e-6, `${scalars}`));
  assert.deepEqual([...SPACE.keep(FLAT_ACCOUNT).candidate.point.scalars], [0, 0, 0]);
});

Deno.test("bestCandidate() weighs worth against cost, and keeps on a tie", () => {
  const candidates = SPACE.candidates(TRADE);
  const keep = candidates[4];
  assert.equal(bestCandidate(candidates, () => 0), keep);
  assert.equal(bestCandidate(candidates, ({ account }) => account.decision === 1 ? 0.005 : 0), candidates[3]);
  assert.equal(bestCandidate(candidates, ({ cost }) => cost), keep);
});
