import assert from "node:assert/strict";
import fc from "fast-check";
import { type Account, markEquity, openAccount } from "../core/account/account.ts";
import { slipping } from "../core/account/account_testing.ts";
import { accountStep } from "../core/account/account_step.ts";
import { accrued } from "../core/account/borrowing.ts";
import { exactRules } from "../core/account/costs.ts";
import { fromNumber, parseMoney, toNumber } from "../core/account/money.ts";
import type { TradeRules } from "../core/account/trade_rules.ts";
import type { RewardTerm } from "../core/config/reward.ts";
import { type Experience, lastBarOf } from "../core/contracts/experience.ts";
import { type Candidate, orderOf } from "../core/decisions/candidate.ts";
import type { DecisionSpace, DecisionSpaceParts } from "../core/decisions/decision_space.ts";
import { SeededRandom } from "../core/market/seeded_random.ts";
import { RewardAgent } from "./reward_agent.ts";
import { DAY_MS, FREE, spaceOf } from "./trainer_testing.ts";

const SIGMA = 0.01;
/** One basis point on each side of a trade. */
const COSTS: TradeRules = { ...FREE, takerBps: 0.5, makerBps: 0.5, halfSpreadBps: 0.25, ...slipping(0.25) };
const HEADS: Partial<DecisionSpaceParts> = {
  actions: ["flat", "long", "short"],
  sizes: [0.5, 1],
  stops: [null, 1, 3],
  takes: [null, 2],
  scalars: ["exposure", "unrealised_pnl", "bars_in_trade", "stop_distance", "take_distance", "cooldown_left"],
};

function agentOf(space: DecisionSpace, rules: TradeRules, terms: RewardTerm[] = []): RewardAgent {
  return new RewardAgent({
    space,
    rulesOf: () => rules,
    sigma: { SPX: SIGMA },
    regressions: [],
    terms,
    virtualTrades: 4,
    seed: 1,
  });
}

/** Steps of a market with gaps, and bars that reach up to twice as far as they move. */
function marketOf(seed: number, bars: number): Experience[] {
  const random = new SeededRandom(seed);
  let close = 100;
  const made = Array.from({ length: bars }, (_, index) => {
    const open = round(close * Math.exp(0.004 * random.normal()));
    close = round(open * Math.exp(SIGMA * random.normal()));
    const reach = () => SIGMA * Math.abs(random.normal());
    const high = round(Math.max(open, close) * Math.exp(reach()));
    const low = round(Math.min(open, close) * Math.exp(-reach()));
    return { openTimeMs: (index + 1) * DAY_MS, open, high, low, close, volume: 1e6 };
  });
  return made.slice(0, -1).map((next, index): Experience => ({
    symbol: "SPX",
    barMs: index * DAY_MS,
    phase: "bootstrap",
    close: index === 0 ? 100 : made[index - 1].close,
    volume: 1e6,
    next,
    exitOpen: made[index + 1].open,
    exitMs: made[index + 1].openTimeMs,
    decision: null,
    atr: 1.5,
    nextAtr: 1.5,
    features: Float32Array.of(index),
    nextFeatures: Float32Array.of(index + 1),
  }));
}

const round = (price: number) => Math.round(price * 1e4) / 1e4;

interface Walk {
  /** Rewards less costs, in log returns. */
  readonly sum: number;
  readonly growth: number;
  /** What the sum may be off by. */
  readonly tolerance: number;
  readonly exits: number;
  readonly trades: number;
  readonly voided: number;
  readonly borrowed: number;
}

/** Decides at random on a market, by orders of `accountStep`, and adds up what the agent says of each decision. */
function walk(seed: number, space: DecisionSpace, rules: TradeRules, terms: RewardTerm[] = []): Walk {
  const random = new SeededRandom(seed, 1);
  const steps = marketOf(seed, 60);
  const agent = agentOf(space, rules, terms);
  let account = openAccount(parseMoney("1000000"));
  let [sum, tolerance, exits, trades, voided] = [0, 1e-9 * steps.length, 0, 0, 0];
  for (const step of steps) {
    const held = agent.heldBefore(step, account);
    const candidates = space.candidates(held);
    const decided = random.uniform() < 0.7 ? 0 : Math.floor(random.uniform() * candidates.length);
    const candidate = keepFirst(candidates)[decided];
    const [cost] = space.costs(held, [candidate], rules, step, SIGMA);
    const outcome = agent.outcome(step, account, candidate);
    sum += (outcome.reward - cost) * SIGMA;
    const order = orderOf(candidate, step, rules);
    const after = accountStep(account, order, step.next, rules, lastBarOf(step));
    if (after.fills.some(({ reason }) => reason === "order") || after.voided !== null) {
      trades++;
      tolerance += secondOrder(cost * SIGMA, step);
    }
    voided += after.voided === null ? 0 : 1;
    exits += after.fills.filter(({ reason }) => reason !== "order").length;
    account = after.account;
  }
  const start = markEquity(openAccount(parseMoney("1000000")), steps[0].next.open);
  const { exitOpen, exitMs, next } = steps.at(-1)!;
  const time = { fromMs: next.openTimeMs, toMs: exitMs! };
  const owing = accrued(account, fromNumber(exitOpen), time, exactRules(rules));
  const end = markEquity(owing, exitOpen);
  const growth = Math.log(toNumber(end) / toNumber(start));
  return { sum, growth, tolerance, exits, trades, voided, borrowed: toNumber(owing.borrowPaid) };
}

function keepFirst(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => Number(b.isKeep) - Number(a.isKeep));
}

/** A decision's cost is counted as c for log(1 − c), on the exposure at the close for that at the open, and its afterstate is
 * entered at no cost, so that it holds a share c more or less: all of it is c times something small. */
function secondOrder(cost: number, { close, next, exitOpen }: Experience): number {
  const gap = Math.abs(Math.log(next.open / close));
  const move = Math.abs(Math.log(exitOpen / next.open)) + Math.log(next.high / next.low);
  return 4 * (cost + 1e-4) * (cost + gap + move) + 1e-8;
}

Deno.test("RewardAgent telescopes: rewards less costs of a decided path are the log growth of accountStep on its orders", () => {
  const space = spaceOf({ ...HEADS });
  let [exits, trades] = [0, 0];
  for (let seed = 1; seed <= 60; seed++) {
    const free = walk(seed, space, FREE);
    assert.ok(Math.abs(free.sum - free.growth) < 1e-7, `seed ${seed}: ${free.sum}, not ${free.growth}`);
    const paid = walk(seed, space, COSTS);
    const off = Math.abs(paid.sum - paid.growth);
    assert.ok(off <= paid.tolerance, `seed ${seed}: off by ${off}, more than ${paid.tolerance}`);
    assert.ok(
      off <= 0.02 * paid.trades * 1e-4 + 1e-7,
      `seed ${seed}: off by ${off} in ${paid.trades} trades`,
    );
    exits += paid.exits;
    trades += paid.trades;
  }
  assert.ok(exits > 100 && trades > 300, `${exits} exits and ${trades} trades are too few to show anything`);
});

Deno.test("RewardAgent telescopes with cooldowns, which keep what is decided from entering", () => {
  const rules = { ...COSTS, cooldownBars: 2, stopCooldownBars: 5 };
  const space = spaceOf({ ...HEADS, cooldownBars: 2, stopCooldownBars: 5 });
  for (let seed = 1; seed <= 20; seed++) {
    const { sum, growth, tolerance } = walk(seed, space, rules);
    assert.ok(Math.abs(sum - growth) <= tolerance, `seed ${seed}: ${sum}, not ${growth}`);
  }
});

/** Each of the further rules, as far as an account of a million on a million units a bar feels them. */
const RULES: Readonly<Record<string, Partial<TradeRules>>> = {
  "entries by a limit": { entry: "limit", makerBps: 0.2 },
  "a share of the range": { slippage: { model: "atr_share", share: 0.005 } },
  "a share of the volume": {
    slippage: { model: "volume_share", bpsAtOnePercent: 0.3, power: 0.5, mostBps: 50 },
  },
  "least fees": { minFee: 20, cash: 1_000_000 },
  "borrowing": { borrowBps: 3_000, marginBps: 2_000, maxLeverage: 2, maintenanceMargin: 0.1 },
};

for (const [name, changes] of Object.entries(RULES)) {
  for (const isTrailing of [false, true]) {
    Deno.test(`RewardAgent telescopes with ${name}, by ${isTrailing ? "trailing" : "fixed"} stops`, () => {
      const rules = { ...COSTS, cash: 1_000_000, ...changes };
      const sizes = rules.maxLeverage === 1 ? [0.5, 1] : [0.5, 2];
      const space = spaceOf({ ...HEADS, sizes, isTrailing });
      let [exits, voided, borrowed] = [0, 0, 0];
      for (let seed = 1; seed <= 30; seed++) {
        const path = walk(seed, space, rules);
        const off = Math.abs(path.sum - path.growth);
        assert.ok(off <= 2 * path.tolerance, `seed ${seed}: off by ${off}, more than ${path.tolerance}`);
        [exits, voided, borrowed] = [exits + path.exits, voided + path.voided, borrowed + path.borrowed];
      }
      assert.ok(exits > 50, `${exits} exits are too few to show anything`);
      assert.equal(voided > 20, rules.entry === "limit", `${voided} entries were void`);
      assert.equal(borrowed > 1_000, rules.borrowBps > 0, `${borrowed} was paid for what was borrowed`);
    });
  }
}

Deno.test("RewardAgent gives back what an entry was expected to cost that its limit has not filled, by hand", () => {
  const space = spaceOf({ actions: ["flat", "long", "short"], turnoverPenalty: 0.1 });
  const rules = { ...FREE, entry: "limit", makerBps: 10, takerBps: 30 } as const;
  const [step] = marketOf(1, 2);
  const next = { openTimeMs: DAY_MS, open: 101, high: 103, low: 100, close: 102, volume: 1 };
  const [flat, long, short] = agentOf(space, rules).outcomes({ ...step, close: 100, next, exitOpen: 102 });
  // The bar only touches the long's limit of 100: its 0.1 % and its penalty are back, and nothing is held.
  assert.ok(Math.abs(long.reward - (0.001 / SIGMA + 0.1)) < 1e-9, `${long.reward}`);
  assert.deepEqual(long.next.map(({ point }) => point), flat.next.map(({ point }) => point));
  // The short fills at the open of 101, 0.3 % of it as a taker where 0.1 % was expected; the penalty is owed.
  const earned = Math.log(1 - 0.003 - 1 / 101) / SIGMA + 0.001 / SIGMA;
  assert.ok(Math.abs(short.reward - earned) < 1e-6, `${short.reward}, not ${earned}`);
});

Deno.test("RewardAgent gives a stop that is never hit the reward of none", () => {
  const far = spaceOf({ ...HEADS, sizes: null, stops: [null, 30], takes: [null, 40], scalars: [] });
  const agent = agentOf(far, COSTS);
  for (const step of marketOf(3, 40)) {
    const [, ...entries] = agent.outcomes(step);
    for (const side of [entries.slice(0, 4), entries.slice(4)]) {
      assert.equal(new Set(side.map(({ reward }) => reward)).size, 1);
    }
  }
});

Deno.test("RewardAgent lets a stop exit inside the bar, at its price and with its costs, by hand", () => {
  const space = spaceOf({ ...HEADS, actions: ["flat", "long"], sizes: null, stops: [2], takes: null });
  const [step] = marketOf(1, 2);
  const next = { openTimeMs: 1, open: 100, high: 101, low: 96, close: 97, volume: 1 };
  const rules = { ...FREE, takerBps: 10, makerBps: 10 };
  const [, long] = agentOf(space, rules).outcomes({ ...step, next, exitOpen: 90, atr: 1, nextAtr: 1 });
  // in at 100, out at 98, and 0.1 % of 98 on top; the fall to 90 is missed
  const earned = Math.log((98 - 0.098) / 100) / SIGMA;
  assert.ok(Math.abs(long.reward - earned) < 1e-6, `${long.reward}, not ${earned}`);
  assert.deepEqual(long.next.map(({ point }) => point), space.fresh.map(({ point }) => point));
  assert.deepEqual(long.next.map(({ cost }) => cost), [0, 0.1]);
});

Deno.test("RewardAgent has fees against the trader: higher ones raise no reward and lower no cost", () => {
  const space = spaceOf({ ...HEADS });
  const fees = [0, 1, 5, 25].map((feeBps) => agentOf(space, { ...FREE, takerBps: feeBps, makerBps: feeBps }));
  for (const step of marketOf(5, 80)) {
    const results = fees.map((agent) => {
      const outcomes = agent.outcomes(step);
      agent.remember(step);
      return outcomes;
    });
    for (let dear = 1; dear < results.length; dear++) {
      results[dear].slice(0, space.fresh.length).forEach((outcome, index) => {
        const cheap = results[dear - 1][index];
        assert.ok(outcome.reward <= cheap.reward);
        outcome.next.forEach(({ cost }, at) => assert.ok(cost >= cheap.next[at].cost && cost >= 0));
      });
    }
  }
});

Deno.test("RewardAgent carries a held position on: its age, its profit and its stop are those of the real bars", () => {
  const space = spaceOf({ ...HEADS, actions: ["flat", "long"], sizes: null, takes: null });
  const [step] = marketOf(1, 2);
  const next = { openTimeMs: 1, open: 100, high: 103, low: 99.5, close: 102, volume: 1 };
  const outcomes = agentOf(space, FREE).outcomes({ ...step, next, exitOpen: 103, atr: 1, nextAtr: 2 });
  const [keep] = outcomes[3].next.slice(1); // long with its stop 3 below; leaving comes first
  const [exposure, pnl, age, stop, take, cooldown] = keep.point.scalars;
  assert.equal(exposure, 1);
  assert.ok(Math.abs(pnl - Math.log(1.02) / SIGMA / 4) < 1e-6);
  assert.ok(Math.abs(age - Math.log(2) / Math.log(65)) < 1e-6);
  assert.ok(Math.abs(stop - Math.exp(-(102 - 97) / 2 / 2)) < 1e-6);
  assert.deepEqual([take, cooldown], [0, 0]);
  assert.equal(keep.cost, 0);
});

Deno.test("RewardAgent learns flat in every bar of a cooldown, after which it may enter", () => {
  const space = spaceOf({ ...HEADS, cooldownBars: 1, stopCooldownBars: 3 });
  const agent = agentOf(space, { ...FREE, cooldownBars: 1, stopCooldownBars: 3 });
  const outcomes = agent.outcomes(marketOf(1, 2)[0]).slice(space.fresh.length);
  assert.deepEqual(outcomes.map(({ point }) => point), [1, 2, 3].map((left) => space.flatPoint(left)));
  assert.deepEqual(outcomes.map(({ reward }) => reward), [0, 0, 0]);
  assert.deepEqual(
    outcomes.map(({ next }) => next.map(({ point }) => point)),
    [0, 1, 2].map((left) => [space.flatPoint(left)]),
  );
});

Deno.test("RewardAgent charges turnover to decisions as a cost, and to exits at stops in the reward", () => {
  const parts = { ...HEADS, actions: ["flat", "long"] as const, sizes: null, stops: [2], takes: null };
  const [step] = marketOf(1, 2);
  const next = { openTimeMs: 1, open: 100, high: 101, low: 96, close: 97, volume: 1 };
  const of = (weight: number) => {
    const space = spaceOf({ ...parts, turnoverPenalty: weight });
    const terms: RewardTerm[] = weight === 0 ? [] : [{ kind: "turnover", weight }];
    return agentOf(space, FREE, terms).outcomes({ ...step, next, exitOpen: 90, atr: 1, nextAtr: 1 });
  };
  const [[, plain], [flat, charged]] = [of(0), of(0.5)];
  assert.ok(Math.abs(charged.reward - (plain.reward - 0.5 * 0.98)) < 1e-6); // 98 of 100 left
  assert.deepEqual([flat.reward, flat.next[1].cost], [0, 0.5]);
});

Deno.test("RewardAgent charges a trade's drawdown while it is open", () => {
  const space = spaceOf({ ...HEADS, actions: ["flat", "long"], sizes: null, stops: null, takes: null });
  const [step] = marketOf(1, 2);
  const next = { openTimeMs: 1, open: 100, high: 100, low: 98, close: 99, volume: 1 };
  const terms: RewardTerm[] = [{ kind: "drawdown", weight: 0.25, of: "trade" }];
  const [flat, long] = agentOf(space, FREE, terms).outcomes({ ...step, next, exitOpen: 98 });
  assert.equal(flat.reward, 0);
  assert.ok(Math.abs(long.reward - 1.25 * Math.log(0.98) / SIGMA) < 1e-6);
});

Deno.test("RewardAgent.outcomes() are finite for any fractions, prices and costs", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 1_000 }),
    fc.double({ min: 0, max: 500, noNaN: true }),
    (seed, feeBps) => {
      const agent = agentOf(spaceOf({ ...HEADS }), { ...FREE, takerBps: feeBps, makerBps: feeBps });
      for (const step of marketOf(seed, 12)) {
        for (const { reward, next } of agent.outcomes(step)) {
          assert.ok(Number.isFinite(reward) && next.length > 0);
        }
        agent.remember(step);
      }
    },
  ));
});

/** What the account says of itself must not depend on how large it is. */
Deno.test("RewardAgent.outcome() of an account is that of the same account at another size", () => {
  const space = spaceOf({ ...HEADS });
  const agent = agentOf(space, COSTS);
  const steps = marketOf(9, 6);
  const live = (cash: string): Account => {
    let account = openAccount(parseMoney(cash));
    const entry = space.fresh.find(({ label }) => label === "long 0.5, stop 3, no take")!;
    account = accountStep(account, orderOf(entry, steps[0], COSTS), steps[0].next, COSTS).account;
    return accountStep(account, null, steps[1].next, COSTS).account;
  };
  const [small, large] = ["1000", "1000000"].map((cash) => {
    const account = live(cash);
    return agent.outcome(steps[2], account, space.keep(agent.heldBefore(steps[2], account)));
  });
  assert.ok(Math.abs(small.reward - large.reward) < 1e-6);
});
