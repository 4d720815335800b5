import assert from "node:assert/strict";
import { FLAT_ACCOUNT, type StopAccount } from "./stop_account.ts";
import { bestCandidate, SCALARS, StopSpace } from "./stop_space.ts";

const SPACE = new StopSpace({
  costs: { buy: 0.006, sell: 0.004, hold: 0 },
  returnSd: 0.01,
  sigma: 0.01,
  stops: [0, 0.02, 0.04],
});
const TRADE: StopAccount = { decision: 2, pnl: -0.01, ticks: 4, stop: 0.04 };
const said = (account: StopAccount) =>
  SPACE.candidates(account).map(({ account: { decision, stop }, cost }) => [decision, stop, cost]);

Deno.test("StopSpace.candidates() of flat are flat and each entry with each stop", () => {
  assert.deepEqual(said(FLAT_ACCOUNT), [
    [1, 0, 0],
    [0, 0, 0.004],
    [0, 0.02, 0.004],
    [0, 0.04, 0.004],
    [2, 0, 0.006],
    [2, 0.02, 0.006],
    [2, 0.04, 0.006],
  ]);
});

Deno.test("StopSpace.candidates() of a trade keep it as it is, close it or turn it, and never enter it anew", () => {
  assert.deepEqual(said(TRADE), [[2, 0.04, 0], [1, 0, 0.004], [0, 0, 0.008], [0, 0.02, 0.008], [
    0,
    0.04,
    0.008,
  ]]);
  assert.equal(SPACE.candidates(TRADE)[0].account, TRADE);
});

Deno.test("StopSpace.candidates() share the points of fresh accounts", () => {
  const points = new Set(
    [...SPACE.candidates(FLAT_ACCOUNT), ...SPACE.candidates(TRADE)].map(({ point }) => point),
  );
  assert.equal(points.size, SPACE.fresh.length + 1);
});

Deno.test("StopSpace.point() scales P&L, age and distance of the stop", () => {
  const { class: position, scalars } = SPACE.point(TRADE);
  assert.equal(position, 2);
  assert.equal(scalars.length, SCALARS);
  const expected = [-0.25, Math.log(5) / Math.log(65), Math.exp(-1.5)];
  expected.forEach((value, index) => assert.ok(Math.abs(scalars[index] - value) < 1e-6, `${scalars}`));
  assert.equal(SPACE.point({ ...TRADE, pnl: -0.5 }).scalars[0], -2, "clipped at 8 sd");
  assert.deepEqual([...SPACE.fresh[0].point.scalars], [0, 0, 0]);
});

Deno.test("bestCandidate() weighs worth against cost, and takes the first on a tie", () => {
  const candidates = SPACE.candidates(TRADE);
  assert.equal(bestCandidate(candidates, () => 0), candidates[0]);
  assert.equal(bestCandidate(candidates, ({ account }) => account.decision === 1 ? 0.005 : 0), candidates[1]);
  assert.equal(bestCandidate(candidates, ({ cost }) => cost), candidates[0]);
});
