import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bar } from "../contracts/bar.ts";
import { Fill } from "../contracts/lane.ts";
import { type Account, holdBar } from "./account.ts";
import { accountStep, type Order } from "./account_step.ts";
import { barOf, FREE, fresh, go, holding, shownFills } from "./account_testing.ts";
import { applyFill, fromLaneFill, toLaneFill } from "./fills.ts";
import { formatMoney } from "./money.ts";

const resize = (target: number) => go(target, { isResize: true });

Deno.test("accountStep() enters with a share of the equity, fee included when it buys", () => {
  const rules = { ...FREE, takerBps: 100, makerBps: 100 };
  // 250 = n + 0.01 n, so n = 247.52475247 (down).
  const half = accountStep(fresh(), go(0.25), barOf(100), rules);
  assert.deepEqual(shownFills(half.fills), ["order 2.47524752 at 100"]);
  assert.equal(formatMoney(half.account.cash + half.account.quantity * 100n), "997.52475248");
  const sold = accountStep(fresh(), go(-0.25), barOf(100), rules);
  assert.deepEqual(shownFills(sold.fills), ["order -2.5 at 100"]);
  assert.equal(formatMoney(sold.account.cash), "1247.5");
});

Deno.test("accountStep() adds to a position, averages its entry and keeps its exits and its age", () => {
  const held = holding(0.25, 100, { stopDistance: 10, takeDistance: 50 }); // 2.5 at 100, 750 left
  // At 120 the equity is 1050: 525 wanted, 300 held, 225 buy 1.875.
  const { account, fills } = accountStep(held, resize(0.5), barOf(120), FREE);
  assert.deepEqual(shownFills(fills), ["order 1.875 at 120"]);
  assert.deepEqual([account.cash, account.quantity].map(formatMoney), ["525", "4.375"]);
  // (2.5 × 100 + 1.875 × 120) / 4.375, rounded up against the trader.
  assert.equal(formatMoney(account.entryPrice), "108.57142858");
  assert.deepEqual([account.stopPrice, account.takePrice].map(formatMoney), ["90", "150"]);
  assert.equal(account.barsInTrade, 2);
});

Deno.test("accountStep() reduces a position, and leaves entry, exits and age as they were", () => {
  const held = holding(1, 100, { stopDistance: 10 });
  const { account, fills } = accountStep(held, resize(0.25), barOf(120), {
    ...FREE,
    takerBps: 10,
    makerBps: 10,
  });
  // 1200 of equity: 300 are 2.5.
  assert.deepEqual(shownFills(fills), ["order -7.5 at 120"]);
  assert.equal(formatMoney(account.cash), "899.1");
  assert.deepEqual([account.entryPrice, account.stopPrice].map(formatMoney), ["100", "90"]);
  assert.equal(account.barsInTrade, 2);
});

Deno.test("accountStep() resizes a short by what its equity allows, its entry rounded down", () => {
  const held = holding(-0.5, 100); // -5 at 100, 1500 cash
  // At 70 the equity is 1150: 1150 wanted, 350 held, 800 sell 11.42857142 more.
  const more = accountStep(held, resize(-1), barOf(70), FREE);
  assert.deepEqual(shownFills(more.fills), ["order -11.42857142 at 70"]);
  // (5 × 100 + 11.42857142 × 70) / 16.42857142, rounded down against the trader.
  assert.equal(formatMoney(more.account.entryPrice), "79.13043478");
  const less = accountStep(held, resize(-0.25), barOf(100), FREE);
  assert.deepEqual(shownFills(less.fills), ["order 2.5 at 100"]);
});

Deno.test("accountStep() never pays for a resize with cash that is not there", () => {
  const held = holding(0.5, 100);
  const { account } = accountStep(held, resize(1), barOf(100), { ...FREE, takerBps: 500, makerBps: 500 });
  assert.ok(account.cash >= 0n, formatMoney(account.cash));
  assert.deepEqual(accountStep(account, resize(1), barOf(100), FREE).fills.length <= 1, true);
});

Deno.test("accountStep() trades nothing by a resize of nothing, and closes what a ruined account holds", () => {
  assert.deepEqual(accountStep(fresh(), resize(0.5), barOf(100), FREE).fills, []);
  const ruined = accountStep(holding(-1, 100), resize(-0.5), barOf(250), { ...FREE, cooldownBars: 2 });
  assert.deepEqual(shownFills(ruined.fills), ["order 10 at 250"]);
  assert.equal(ruined.account.cooldownLeft, 2);
});

// Properties over random walks with every kind of order.

interface Walk {
  readonly bar: Bar;
  readonly order: Order | null;
}

const share = fc.constantFrom(0.1, 0.25, 0.5, 0.75, 1);
const distance = fc.option(fc.double({ min: 0.01, max: 0.4, noNaN: true }), { nil: null });

/** Bars that move by up to 20 % at each of their prices, with orders among them. */
function walkOf(
  sides: readonly number[],
  distances: fc.Arbitrary<number | null> = distance,
): fc.Arbitrary<Walk[]> {
  const move = fc.double({ min: -0.2, max: 0.2, noNaN: true });
  const wanted = fc.record({
    side: fc.constantFrom(...sides),
    share,
    stop: distances,
    take: distances,
    isResize: fc.boolean(),
  });
  const step = fc.tuple(move, move, move, move, fc.option(wanted, { nil: null }));
  return fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.array(step, { minLength: 1, maxLength: 30 }))
    .map(([start, steps]) => {
      let last = start;
      return steps.map(([gap, rise, fall, end, order]) => {
        const open = last * (1 + gap);
        const close = open * (1 + end);
        const [low, high] = [open * (1 - Math.abs(fall)), open * (1 + Math.abs(rise))];
        last = close;
        return {
          bar: barOf(open, close, Math.min(low, open, close), Math.max(high, open, close)),
          order: order === null ? null : go(order.side * order.share, {
            stopDistance: order.stop === null ? null : order.stop * open,
            takeDistance: order.take === null ? null : order.take * open,
            isResize: order.isResize,
          }),
        };
      });
    });
}

const bps = fc.integer({ min: 0, max: 1_000 }).map((tenths) => tenths / 10);
const rules = fc.record({
  takerBps: bps,
  makerBps: bps,
  halfSpreadBps: bps,
  cooldownBars: fc.nat(3),
  stopCooldownBars: fc.nat(3),
}).map((costs) => ({ ...FREE, ...costs }));

/** What fills alone tell. */
const moneyOf = ({ cash, quantity, entryPrice, feesPaid, barsInTrade }: Account) => ({
  cash,
  quantity,
  entryPrice,
  feesPaid,
  barsInTrade,
});

Deno.test("applyFill() and holdBar() rebuild the money of any account from its stored fills", () => {
  fc.assert(
    fc.property(walkOf([0, 1, -1]), rules, (steps, costs) => {
      let [account, rebuilt] = [fresh(), fresh()];
      for (const { bar, order } of steps) {
        const result = accountStep(account, order, bar, costs);
        account = result.account;
        for (const fill of result.fills) {
          const stored = Fill.parse(toLaneFill(fill, { account: "paper", symbol: "SPX", barMs: 0 }));
          rebuilt = applyFill(rebuilt, fromLaneFill(stored));
        }
        rebuilt = holdBar(rebuilt);
        assert.deepEqual(moneyOf(rebuilt), moneyOf(account));
      }
    }),
    { seed: 31, numRuns: 300 },
  );
});

Deno.test("accountStep() keeps an account sound: no debt of a long, exits and cooldowns only where they belong", () => {
  fc.assert(
    fc.property(walkOf([0, 1, -1]), rules, (steps, costs) => {
      let account = fresh();
      for (const { bar, order } of steps) {
        const before = account;
        const result = accountStep(account, order, bar, costs);
        account = result.account;
        if (account.quantity > 0n) assert.ok(account.cash >= 0n);
        if (account.quantity === 0n) {
          assert.deepEqual([account.entryPrice, account.stopPrice, account.takePrice], [0n, 0n, 0n]);
          assert.equal(account.barsInTrade, 0);
        } else assert.equal(account.cooldownLeft, 0);
        if (before.cooldownLeft > 0) assert.deepEqual(result.fills, []);
        const exits = result.fills.filter(({ reason }) => reason !== "order");
        assert.ok(exits.length <= 1);
        if (exits.length === 1) assert.equal(account.quantity, 0n);
      }
    }),
    { seed: 32, numRuns: 300 },
  );
});

Deno.test("accountStep() at no cost and a still price never gains by any round trip, nor loses more than rounding", () => {
  const price = fc.integer({ min: 1, max: 10 ** 12 }).map((micros) => micros / 1e6);
  const orders = fc.array(fc.tuple(fc.constantFrom(0, 1, -1), share, fc.boolean()), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(price, orders, (open, wanted) => {
      let account = fresh();
      let equity = account.cash;
      const rounding = BigInt(Math.ceil(open)) + 4n; // a quantity is short of its share by less than a unit
      for (const [side, size, isResize] of [...wanted, [0, 1, false] as const]) {
        const step = accountStep(account, go(side * size, { isResize }), barOf(open), FREE);
        assert.ok(step.equityAtClose <= equity, "it gained");
        assert.ok(equity - step.equityAtClose <= rounding, "it lost");
        [account, equity] = [step.account, step.equityAtClose];
      }
    }),
    { seed: 33, numRuns: 300 },
  );
});

// Long only, and fees only: other costs move the fill, and with it the exits, so that another trade is made.
Deno.test("accountStep() never gains by higher fees, for the same orders with sizes and exits", () => {
  fc.assert(
    fc.property(walkOf([0, 1]), rules, bps, (steps, low, by) => {
      const high = { ...low, takerBps: low.takerBps + by, makerBps: low.makerBps + by };
      let [cheap, dear] = [fresh(), fresh()];
      for (const { bar, order } of steps) {
        const a = accountStep(cheap, order, bar, low);
        const b = accountStep(dear, order, bar, high);
        const rounding = a.equityAtClose / 1_000_000n + 1_000_000n;
        assert.ok(b.equityAtClose <= a.equityAtClose + rounding);
        [cheap, dear] = [a.account, b.account];
      }
    }),
    { seed: 34, numRuns: 300 },
  );
});
