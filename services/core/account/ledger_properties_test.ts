/** What must hold of any account under any rules, whatever is ordered and however prices move. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bar } from "../contracts/bar.ts";
import { Fill, LaneAccount, type LastBar } from "../contracts/lane.ts";
import { type Account, fromLaneAccount, openAccount, toLaneAccount } from "./account.ts";
import { accountStep, type Order } from "./account_step.ts";
import { FREE, fresh, go } from "./account_testing.ts";
import { exactRules } from "./costs.ts";
import { type ExecutedFill, toLaneFill } from "./fills.ts";
import { fromNumber, parseMoney } from "./money.ts";
import type { TradeRules } from "./trade_rules.ts";

const HOUR_MS = 3_600_000;
const YEAR_MS = 365n * 24n * 3_600_000n;
const CASH = "1000000";

interface Step {
  readonly bar: Bar;
  readonly last: LastBar | null;
  readonly order: Order | null;
}

/** Bars of uneven length that move by up to 10 % at each of their prices, with orders of every kind among them: from the
 * second one on, as an order is decided on a bar. */
function walkOf(sides: readonly number[], most: number): fc.Arbitrary<Step[]> {
  const move = fc.double({ min: -0.1, max: 0.1, noNaN: true });
  const distance = fc.option(fc.double({ min: 0.01, max: 0.3, noNaN: true }), { nil: null });
  const wanted = fc.record({
    target: fc.tuple(fc.constantFrom(...sides), fc.constantFrom(0.25, 0.5, 1, most)),
    stop: distance,
    take: distance,
    isResize: fc.boolean(),
    isTrailing: fc.boolean(),
    isLimit: fc.boolean(),
  });
  const bar = fc.record({
    moves: fc.tuple(move, move, move, move),
    hours: fc.integer({ min: 1, max: 80 }),
    volume: fc.nat(100_000),
    order: fc.option(wanted, { nil: null }),
  });
  return fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.array(bar, { minLength: 1, maxLength: 40 }))
    .map(([start, bars]) => {
      let last: LastBar | null = null;
      let [price, openTimeMs] = [start, 0];
      return bars.map(({ moves: [gap, rise, fall, end], hours, volume, order }) => {
        const open = price * (1 + gap);
        const close = open * (1 + end);
        const high = Math.max(open, close) * (1 + Math.abs(rise));
        const low = Math.min(open, close) * (1 - Math.abs(fall));
        openTimeMs += hours * HOUR_MS;
        const step = {
          bar: { openTimeMs, open, high, low, close, volume },
          last,
          order: last === null ? null : orderAt(price, order),
        };
        last = { openTimeMs, close, volume, atr: high - low > 0 ? high - low : null };
        price = close;
        return step;
      });
    });
}

interface Wish {
  readonly target: readonly [number, number];
  readonly stop: number | null;
  readonly take: number | null;
  readonly isResize: boolean;
  readonly isTrailing: boolean;
  readonly isLimit: boolean;
}

function orderAt(close: number, wish: Wish | null): Order | null {
  if (wish === null) return null;
  const { target: [side, size], isResize } = wish;
  return go(side * size, {
    stopDistance: wish.stop === null ? null : wish.stop * close,
    takeDistance: wish.take === null ? null : wish.take * close,
    isResize,
    isTrailing: wish.isTrailing,
    limitPrice: wish.isLimit && !isResize && side !== 0 ? close : null,
  });
}

const bps = fc.integer({ min: 0, max: 500 }).map((tenths) => tenths / 10);
const anyRules: fc.Arbitrary<TradeRules> = fc.record({
  takerBps: bps,
  makerBps: bps,
  minFee: fc.constantFrom(0, 0.35, 12.5),
  halfSpreadBps: bps,
  slippage: fc.constantFrom<TradeRules["slippage"]>(
    { model: "fixed", bps: 2 },
    { model: "atr_share", share: 0.05 },
    { model: "volume_share", bpsAtOnePercent: 10, power: 0.6, mostBps: 300 },
  ),
  borrowBps: fc.constantFrom(0, 300, 2_500),
  marginBps: fc.constantFrom(0, 800),
  maintenanceMargin: fc.constantFrom(0.1, 0.25),
  cooldownBars: fc.nat(2),
  stopCooldownBars: fc.nat(2),
  tick: fc.constantFrom(1e-8, 0.01, 0.25),
  lot: fc.constantFrom(1e-8, 0.001, 1),
  minNotional: fc.constantFrom(0, 1_000),
  multiplier: fc.constantFrom(1, 5),
}).map((made) => ({ ...FREE, ...made, maxLeverage: 3 }));

/** A whole history: what happened, and what is left. */
function run(steps: readonly Step[], rules: TradeRules) {
  let account: Account = openAccount(parseMoney(CASH));
  const fills: { readonly fill: ExecutedFill; readonly barMs: number }[] = [];
  for (const { bar, order, last } of steps) {
    const step = accountStep(account, order, bar, rules, last);
    account = step.account;
    fills.push(...step.fills.map((fill) => ({ fill, barMs: bar.openTimeMs })));
  }
  return { account, fills };
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** Rebuilt from what is stored of the fills, by arithmetic of its own. */
function rebuilt(steps: readonly Step[], stored: readonly Fill[], rules: TradeRules) {
  const { borrow, margin } = exactRules(rules);
  const one = 10n ** 8n;
  let [cash, quantity, fees, borrowed] = [parseMoney(CASH), 0n, 0n, 0n];
  for (const { bar, last } of steps) {
    if (last !== null && quantity !== 0n) {
      const shorted = quantity < 0n ? ceilDiv(-quantity * fromNumber(bar.open), one) * borrow : 0n;
      const lent = cash < 0n ? -cash * margin : 0n;
      const due = ceilDiv((shorted + lent) * BigInt(bar.openTimeMs - last.openTimeMs), one * YEAR_MS);
      [cash, borrowed] = [cash - due, borrowed + due];
    }
    for (const fill of stored.filter(({ barMs }) => barMs === bar.openTimeMs)) {
      const [units, price, fee] = [fill.quantity, fill.price, fill.fee].map(parseMoney) as [
        bigint,
        bigint,
        bigint,
      ];
      if (fill.side === "buy") cash -= ceilDiv(units * price, one);
      else cash += -units * price / one;
      cash -= fee;
      [quantity, fees] = [quantity + units, fees + fee];
    }
  }
  return { cash, quantity, feesPaid: fees, borrowPaid: borrowed };
}

const STEPS = walkOf([0, 1, -1], 3);

Deno.test("accountStep()'s ledger balances to the last unit: cash, fills, fees and what was borrowed", () => {
  fc.assert(
    fc.property(STEPS, anyRules, (steps, rules) => {
      const { account, fills } = run(steps, rules);
      const stored = fills.map(({ fill, barMs }) =>
        Fill.parse(toLaneFill(fill, { account: "paper", symbol: "SPX", barMs }))
      );
      const { cash, quantity, feesPaid, borrowPaid } = account;
      assert.deepEqual(rebuilt(steps, stored, rules), { cash, quantity, feesPaid, borrowPaid });
    }),
    { seed: 51, numRuns: 400 },
  );
});

Deno.test("accountStep() goes on from a stored account as from its own", () => {
  fc.assert(
    fc.property(STEPS, anyRules, (steps, rules) => {
      let account: Account = openAccount(parseMoney(CASH));
      for (const { bar, order, last } of steps) {
        account = accountStep(account, order, bar, rules, last).account;
        account = fromLaneAccount(LaneAccount.parse(JSON.parse(JSON.stringify(toLaneAccount(account)))));
      }
      assert.deepEqual(account, run(steps, rules).account);
    }),
    { seed: 52, numRuns: 200 },
  );
});

Deno.test("accountStep() keeps every fill to tick, lot, least fee and least notional", () => {
  fc.assert(
    fc.property(STEPS, anyRules, (steps, rules) => {
      const { tick, lot, minNotional, taker } = exactRules(rules);
      let held = 0n;
      for (const { fill } of run(steps, rules).fills) {
        const { quantity, price, fee, reason, liquidity } = fill;
        assert.equal(price % tick, 0n);
        assert.equal(quantity % lot, 0n);
        assert.ok(fee >= taker.minFee && price > 0n && quantity !== 0n);
        const isLeaving = held * quantity < 0n && held + quantity === 0n;
        const notional = (quantity < 0n ? -quantity : quantity) * price / 10n ** 8n + 1n;
        if (!isLeaving) assert.ok(notional >= minNotional);
        if (reason === "take") assert.equal(liquidity, "maker");
        if (reason === "stop" || reason === "liquidated") assert.equal(liquidity, "taker");
        held += quantity;
      }
    }),
    { seed: 53, numRuns: 300 },
  );
});

Deno.test("accountStep() liquidates before equity falls below its margin at any price that it saw", () => {
  const only = { ...FREE, maxLeverage: 3, maintenanceMargin: 0.25 };
  fc.assert(
    fc.property(STEPS, (steps) => {
      let account = fresh(CASH);
      for (const { bar, order, last } of steps) {
        account = accountStep(account, order, bar, only, last).account;
        const worst = fromNumber(account.quantity > 0n ? bar.low : bar.high);
        const value = account.quantity * worst;
        const size = value < 0n ? -value : value;
        if (account.quantity !== 0n) assert.ok(account.cash * 10n ** 8n + value > size / 4n);
      }
    }),
    { seed: 54, numRuns: 300 },
  );
});

// Long and paid for: what is short or borrowed can lose more than all, and then whoever traded less for its fees lost less. Fees
// alone: other costs move the fill, and with it the exits, so that another trade is made.
Deno.test("accountStep() never gains by higher fees of takers, makers or fills, for the same orders", () => {
  const raised = fc.constantFrom("takerBps", "makerBps", "minFee");
  fc.assert(
    fc.property(walkOf([0, 1], 1), bps, bps, raised, bps, (steps, takerBps, makerBps, name, by) => {
      const low = { ...FREE, takerBps, makerBps, minFee: 1 };
      const high = { ...low, [name]: low[name] + by };
      const ends = [low, high].map((rules) => {
        const { account } = run(steps, rules);
        return account.cash + account.quantity * fromNumber(steps.at(-1)!.bar.close) / 10n ** 8n;
      }) as [bigint, bigint];
      // What a quantity rounded down leaves in the cash may grow with the account.
      assert.ok(ends[1] <= ends[0] + ends[0] / 1_000_000n + 1_000_000n);
    }),
    { seed: 55, numRuns: 300 },
  );
});

Deno.test("accountStep() at no cost and a still price never changes equity by more than rounding, at any leverage", () => {
  const rules = { ...FREE, maxLeverage: 3 };
  const targets = fc.array(fc.constantFrom(0, 0.5, 1, 3, -1, -3), { minLength: 1, maxLength: 15 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), targets, (price, wanted) => {
      let account = fresh(CASH);
      const bar = { openTimeMs: 0, open: price, high: price, low: price, close: price, volume: 1 };
      for (const target of [...wanted, 0]) {
        const step = accountStep(account, go(target), bar, rules);
        assert.ok(step.equityAtClose <= step.equityAtOpen && step.equityAtOpen - step.equityAtClose <= 2n);
        account = step.account;
      }
    }),
    { seed: 56, numRuns: 300 },
  );
});
