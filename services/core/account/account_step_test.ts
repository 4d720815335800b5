import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bar } from "../contracts/bar.ts";
import { Fill, LaneAccount } from "../contracts/lane.ts";
import { type Account, fromLaneAccount, holdBar, markEquity, openAccount, toLaneAccount } from "./account.ts";
import { accountStep } from "./account_step.ts";
import { barOf, FREE, fresh, go, slipping } from "./account_testing.ts";
import type { TradeRules } from "./trade_rules.ts";
import { applyFill, fromLaneFill, signedNotional, toLaneFill } from "./fills.ts";
import { formatMoney, parseMoney } from "./money.ts";

const FEE_10: TradeRules = { ...FREE, takerBps: 10 };
/** What an account holds of stops and cooldowns that is flat, or has no such thing. */
const NO_EXITS = { borrowPaid: "0", stopPrice: "0", takePrice: "0", trailDistance: "0", cooldownLeft: 0 };
const step = (account: Account, target: number | null, bar: Bar, rules = FREE) =>
  accountStep(account, target === null ? null : go(target), bar, rules);
const shown = ({ account }: { account: Account }) => toLaneAccount(account);

Deno.test("accountStep() long buys what fits in the cash at the open, and marks at the close", () => {
  const result = step(fresh(), 1, barOf(100, 110));
  assert.deepEqual(shown(result), {
    cash: "0",
    quantity: "10",
    entryPrice: "100",
    barsInTrade: 1,
    feesPaid: "0",
    ...NO_EXITS,
  });
  assert.deepEqual(result.fills, [{
    decidedAtMs: 7,
    quantity: parseMoney("10"),
    price: parseMoney("100"),
    fee: 0n,
    reason: "order",
    liquidity: "taker",
  }]);
  assert.equal(formatMoney(result.equityAtOpen), "1000");
  assert.equal(formatMoney(result.equityAtClose), "1100");
});

Deno.test("accountStep() long leaves room for the fee", () => {
  // Notional n with n + 0.001 n <= 1000 is 999.000999 (down to the unit); its fee is 0.999000999 rounded up.
  const { account, fills } = step(fresh(), 1, barOf(100), FEE_10);
  assert.equal(formatMoney(account.quantity), "9.99000999");
  assert.equal(formatMoney(fills[0]?.fee ?? 0n), "0.999001");
  assert.equal(formatMoney(account.cash), "0");
  assert.equal(formatMoney(account.feesPaid), "0.999001");
});

Deno.test("accountStep() rounds a bought quantity down and its price up", () => {
  // 1000 / 3 = 333.33333333…; 333.33333333 × 3 = 999.99999999.
  const { account } = step(fresh(), 1, barOf(3));
  assert.equal(formatMoney(account.quantity), "333.33333333");
  assert.equal(formatMoney(account.cash), "0.00000001");
});

Deno.test("accountStep() moves the price against the trader by half spread and slippage, on both sides", () => {
  const rules = { ...FREE, halfSpreadBps: 5, ...slipping(5) };
  const long = step(fresh(), 1, barOf(100), rules);
  assert.equal(formatMoney(long.fills[0]?.price ?? 0n), "100.1");
  assert.equal(formatMoney(long.account.entryPrice), "100.1");
  const sold = step(long.account, 0, barOf(100), rules);
  assert.equal(formatMoney(sold.fills[0]?.price ?? 0n), "99.9");
  // 9.99000999 × 99.9 = 998.001998001, rounded down, beside the 0.000000001 (down to 0) that buying left.
  assert.equal(formatMoney(sold.account.cash), "998.001998");
});

Deno.test("accountStep() rounds a moved price up for buying and down for selling", () => {
  // 101 units ± 1 %: 102.01 and 99.99.
  const rules = { ...FREE, ...slipping(100) };
  const long = step(fresh(), 1, barOf(0.00000101), rules);
  assert.equal(long.fills[0]?.price, 103n);
  assert.equal(step(long.account, 0, barOf(0.00000101), rules).fills[0]?.price, 99n);
});

Deno.test("accountStep() flat sells everything; the fee is taken again, from what is received", () => {
  const held = step(fresh(), 1, barOf(100), FEE_10).account;
  const result = step(held, 0, barOf(120, 90), FEE_10);
  // 9.99000999 × 120 = 1198.8011988; fee 1.1988011988 rounded up.
  assert.deepEqual(shown(result), {
    cash: "1197.6023976",
    quantity: "0",
    entryPrice: "0",
    barsInTrade: 0,
    feesPaid: "2.1978022",
    ...NO_EXITS,
  });
  assert.equal(result.fills[0]?.quantity, -held.quantity);
  assert.equal(result.equityAtClose, result.account.cash);
  assert.equal(formatMoney(result.equityAtOpen), "1198.8011988");
});

Deno.test("accountStep() short sells a notional of the whole equity and gains when the price falls", () => {
  const short = step(fresh(), -1, barOf(100, 90), FEE_10);
  assert.deepEqual(shown(short), {
    cash: "1999",
    quantity: "-10",
    entryPrice: "100",
    barsInTrade: 1,
    feesPaid: "1",
    ...NO_EXITS,
  });
  assert.equal(formatMoney(short.equityAtClose), "1099");
  // Buying 10 back at 80 costs 800 and a fee of 0.8.
  const covered = step(short.account, 0, barOf(80), FEE_10);
  assert.equal(formatMoney(covered.account.cash), "1198.2");
  assert.equal(covered.account.quantity, 0n);
});

Deno.test("accountStep() reverses by two trades, each with its fee", () => {
  const long = step(fresh(), 1, barOf(100), FEE_10).account;
  const { account, fills } = step(long, -1, barOf(100), FEE_10);
  // Sells 9.99000999 for 999.000999, fee 0.999001 (up); then shorts the 998.001998 that are left, fee 0.998002 (up).
  assert.deepEqual(fills.map((fill) => formatMoney(fill.quantity)), ["-9.99000999", "-9.98001998"]);
  assert.deepEqual(fills.map((fill) => formatMoney(fill.fee)), ["0.999001", "0.998002"]);
  assert.equal(account.barsInTrade, 1);
  const back = step(account, 1, barOf(100), FEE_10);
  assert.deepEqual(back.fills.map((fill) => fill.quantity > 0n), [true, true]);
});

Deno.test("accountStep() trades nothing when the side is held already, however the price drifts", () => {
  for (const target of [1, -1, 0]) {
    const held = step(fresh(), target, barOf(100)).account;
    const result = step(held, target, barOf(150), FEE_10);
    assert.deepEqual(result.fills, []);
    assert.equal(result.account.quantity, held.quantity);
    assert.equal(result.account.cash, held.cash);
  }
});

Deno.test("accountStep() counts the bars of a trade from its entry bar, and starts anew on a reversal", () => {
  let { account } = step(fresh(), 1, barOf(100));
  for (const bars of [2, 3]) {
    account = step(account, null, barOf(100)).account;
    assert.equal(account.barsInTrade, bars);
  }
  assert.equal(step(account, -1, barOf(100)).account.barsInTrade, 1);
  assert.equal(step(account, 0, barOf(100)).account.barsInTrade, 0);
  assert.equal(step(fresh(), null, barOf(100)).account.barsInTrade, 0);
});

Deno.test("accountStep() lets a short lose more than all, and opens nothing after that", () => {
  const short = step(fresh(), -1, barOf(100)).account;
  const ruined = step(short, 0, barOf(250));
  assert.equal(formatMoney(ruined.account.cash), "-500");
  assert.equal(formatMoney(ruined.equityAtOpen), "-500");
  for (const target of [1, -1]) assert.deepEqual(step(ruined.account, target, barOf(100)).fills, []);
});

Deno.test("accountStep() opens nothing where the cash does not buy one unit", () => {
  assert.deepEqual(step(fresh("0.00000001"), 1, barOf(90_000_000)).fills, []);
});

Deno.test("accountStep() refuses targets beyond the equity, costs out of range and prices below one unit", () => {
  assert.throws(() => step(fresh(), 1.5, barOf(100)), {
    name: "RangeError",
    message: /in \[-1, 1\]: it is 1.5/,
  });
  assert.throws(() => step(fresh(), NaN, barOf(100)), { name: "RangeError", message: /it is NaN/ });
  assert.throws(() => step(fresh(), 1, barOf(1e-10)), {
    name: "RangeError",
    message: /open must be at least/,
  });
  for (const takerBps of [-1, NaN, 10_000]) {
    assert.throws(() => step(fresh(), 1, barOf(100), { ...FREE, takerBps }), {
      name: "RangeError",
      message: /taker fee/,
    });
  }
});

Deno.test("openAccount() refuses cash that is not positive", () => {
  assert.throws(() => openAccount(0n), { name: "RangeError", message: /must be positive: it is 0/ });
});

Deno.test("applyFill() refuses a fill that turns a position over", () => {
  const held = step(fresh(), 1, barOf(100)).account;
  const fill = {
    decidedAtMs: 0,
    quantity: -parseMoney("10.5"),
    price: 1n,
    fee: 0n,
    reason: "order",
    liquidity: "taker",
  } as const;
  assert.throws(() => applyFill(held, fill), { name: "RangeError", message: /it is -10.5 on 10/ });
});

Deno.test("lane accounts and fills go through their contracts and back unchanged", () => {
  const { account, fills } = step(fresh(), -1, barOf(99.99, 90), FEE_10);
  assert.deepEqual(fromLaneAccount(LaneAccount.parse(toLaneAccount(account))), account);
  const at = { account: "paper", symbol: "SPX", barMs: 8 };
  const stored = Fill.parse(toLaneFill(fills[0] as typeof fills[0], at));
  assert.equal(stored.side, "sell");
  assert.deepEqual(fromLaneFill(stored), fills[0]);
});

// Properties over random walks.

const price = fc.integer({ min: 1, max: 10 ** 12 }).map((micros) => micros / 1e6);
interface WalkStep {
  readonly open: number;
  readonly close: number;
  readonly target: number | null;
}
/** Bars that move by up to 30 % at each price, with orders among them. */
function walkOf(...targets: (number | null)[]): fc.Arbitrary<WalkStep[]> {
  const move = fc.double({ min: -0.3, max: 0.3, noNaN: true });
  const steps = fc.array(fc.tuple(move, move, fc.constantFrom(null, ...targets)), {
    minLength: 1,
    maxLength: 40,
  });
  return fc.tuple(fc.integer({ min: 1, max: 100_000 }), steps).map(([start, moves]) => {
    let last = start;
    return moves.map(([gap, move, target]) => {
      const open = last * (1 + gap);
      const close = last = open * (1 + move);
      return { open, close, target };
    });
  });
}
const bps = fc.integer({ min: 0, max: 2_000 }).map((tenths) => tenths / 10);
const rules = fc.record({ takerBps: bps, halfSpreadBps: bps, slippage: bps }).map((
  { slippage, ...costs },
) => ({
  ...FREE,
  ...costs,
  ...slipping(slippage),
}));

Deno.test("accountStep() balances: cash moves by notionals and fees alone, and fees are never negative", () => {
  fc.assert(
    fc.property(walkOf(0, 1, -1), rules, (steps, costs) => {
      let account = fresh();
      for (const { open, close, target } of steps) {
        const before = account;
        const result = step(account, target, barOf(open, close), costs);
        account = result.account;
        const notionals = result.fills.reduce((sum, fill) => sum + signedNotional(fill), 0n);
        const fees = result.fills.reduce((sum, fill) => sum + fill.fee, 0n);
        assert.equal(account.cash - before.cash, -notionals - fees);
        assert.equal(account.feesPaid - before.feesPaid, fees);
        assert.ok(result.fills.every((fill) => fill.fee >= 0n && fill.price > 0n && fill.quantity !== 0n));
        if (account.quantity > 0n) assert.ok(account.cash >= 0n);
      }
    }),
    { seed: 21, numRuns: 300 },
  );
});

Deno.test("applyFill() and holdBar() rebuild the account from the stored fills", () => {
  fc.assert(
    fc.property(walkOf(0, 1, -1), rules, (steps, costs) => {
      let account = fresh();
      let rebuilt = fresh();
      for (const { open, close, target } of steps) {
        const result = step(account, target, barOf(open, close), costs);
        account = result.account;
        for (const fill of result.fills) {
          const stored = Fill.parse(toLaneFill(fill, { account: "paper", symbol: "SPX", barMs: 0 }));
          rebuilt = applyFill(rebuilt, fromLaneFill(stored));
        }
        rebuilt = holdBar(rebuilt);
        assert.deepEqual(rebuilt, account);
      }
    }),
    { seed: 22, numRuns: 200 },
  );
});

Deno.test("accountStep() at no cost returns the equity of a round trip to within rounding", () => {
  fc.assert(
    fc.property(price, fc.constantFrom(1, -1), (open, side) => {
      const there = step(fresh(), side, barOf(open));
      const back = step(there.account, 0, barOf(open));
      const lost = fresh().cash - back.account.cash;
      // Each of the two notionals rounds by less than a unit.
      assert.ok(lost >= 0n && lost <= 2n, formatMoney(lost));
      assert.ok(there.equityAtClose <= there.equityAtOpen);
    }),
    { seed: 23, numRuns: 500 },
  );
});

// Long only: a short can lose more than all, and then whoever traded less for its fees lost less.
Deno.test("accountStep() never gains by higher costs", () => {
  const raised = fc.constantFrom("takerBps", "halfSpreadBps", "minFee");
  fc.assert(
    fc.property(walkOf(0, 1), rules, raised, bps, (steps, low, name, by) => {
      const high = { ...low, [name]: low[name] + by };
      let [cheap, dear] = [fresh(), fresh()];
      for (const { open, close, target } of steps) {
        const a = step(cheap, target, barOf(open, close), low);
        const b = step(dear, target, barOf(open, close), high);
        // What a quantity rounded down leaves in the cash may grow with the account.
        const rounding = a.equityAtClose / 1_000_000n + 1_000_000n;
        assert.ok(b.equityAtClose <= a.equityAtClose + rounding);
        [cheap, dear] = [a.account, b.account];
      }
    }),
    { seed: 24, numRuns: 300 },
  );
});

Deno.test("markEquity() is cash plus the position, rounded down", () => {
  const account = { ...fresh("1"), quantity: -parseMoney("0.5") };
  assert.equal(formatMoney(markEquity(account, 0.00000001)), "0.99999999");
  assert.equal(formatMoney(markEquity(fresh("1"), 5)), "1");
});
