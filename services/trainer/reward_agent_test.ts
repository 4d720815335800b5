import assert from "node:assert/strict";
import fc from "fast-check";
import { type Account, markEquity, openAccount, toLaneAccount } from "../core/account/account.ts";
import { slipping } from "../core/account/account_testing.ts";
import { accountStep } from "../core/account/account_step.ts";
import type { TradeRules } from "../core/account/trade_rules.ts";
import { formatMoney, parseMoney, toNumber } from "../core/account/money.ts";
import { orderTo } from "../core/account/order.ts";
import type { Bar } from "../core/contracts/bar.ts";
import type { Experience } from "../core/contracts/experience.ts";
import { RewardAgent, type RewardAgentParts, rewardSigma } from "./reward_agent.ts";
import { FLAT, FREE, liveStepOf, openOf, spaceOf, stepOf } from "./trainer_testing.ts";

const COSTS: TradeRules = { ...FREE, takerBps: 3, makerBps: 3, halfSpreadBps: 1, ...slipping(1) };
const SIGMA = { SPX: 0.02 };
const THREE = spaceOf({ actions: ["flat", "long", "short"] });

function agentOf(changes: Partial<RewardAgentParts> = {}): RewardAgent {
  return new RewardAgent({
    space: spaceOf(),
    rulesOf: () => COSTS,
    sigma: SIGMA,
    regressions: ["forward_volatility"],
    terms: [],
    virtualTrades: 4,
    seed: 1,
    ...changes,
  });
}

/** From the open of t+1 to the open of t+2. */
function moveOf(open: number, exitOpen: number): Experience {
  const step = stepOf("SPX", 1);
  return { ...step, next: { ...step.next, open, high: open, low: open, close: open }, exitOpen };
}

function close(actual: ArrayLike<number>, expected: number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, index) => {
    assert.ok(Math.abs(actual[index] - value) <= tolerance, `${index}: ${actual[index]}, not ${value}`);
  });
}

Deno.test("RewardAgent.steps() rewards each position from open to open, in sigmas, by hand", () => {
  const [step] = agentOf({ space: THREE }).steps(moveOf(100, 102));
  // flat earns nothing; long ln(102 / 100) / 0.02; short sells 1 × equity at 100 and owes 102: ln(2 − 1.02) / 0.02
  close(step.rewards, [0, 0.990131, -1.010135]);
  assert.deepEqual([...step.classes], [0, 1, 2]);
  assert.deepEqual([...step.terminals], [0, 0, 0]);
  close(step.regressionTargets, [0.990131]);
});

Deno.test("RewardAgent.steps() costs what each next decision trades, in sigmas, and never less than nothing", () => {
  const [step] = agentOf({ space: THREE }).steps(moveOf(100, 102));
  // 5 bp a side / 0.02 = 0.025 for a position, twice that for a reversal; keeping is free
  assert.deepEqual([...step.candidateOffsets], [0, 3, 6, 9]);
  assert.deepEqual([...step.pointClasses], [0, 1, 2]);
  assert.deepEqual([...step.candidatePoints], [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  close(step.candidateCosts, [0, 0.025, 0.025, 0.025, 0, 0.05, 0.025, 0.05, 0]);
});

Deno.test("RewardAgent.steps() keeps costs out of the rewards, which the candidates carry", () => {
  const experience = moveOf(100, 102);
  assert.deepEqual(
    agentOf().steps(experience)[0].rewards,
    agentOf({ rulesOf: () => FREE }).steps(experience)[0].rewards,
  );
});

Deno.test("RewardAgent.steps() makes ruin terminal: its loss counts, and nothing may follow it", () => {
  const [step] = agentOf({ space: THREE }).steps(moveOf(100, 200.5));
  close(step.rewards, [0, Math.log(2.005) / 0.02, Math.log(1e-3) / 0.02], 1e-4);
  assert.deepEqual([...step.terminals], [0, 0, 1]);
  assert.deepEqual([...step.candidateOffsets], [0, 3, 6, 6]);
  assert.equal(step.candidatePoints.length, 6);
});

Deno.test("RewardAgent.steps() takes losing all but a thousandth for ruin, and no smaller loss", () => {
  assert.deepEqual([...agentOf().steps(moveOf(1_000, 1))[0].terminals], [0, 1]);
  assert.deepEqual([...agentOf().steps(moveOf(1_000, 1.01))[0].terminals], [0, 0]);
});

Deno.test("RewardAgent.steps() gives each regression head its target, in sigmas", () => {
  assert.equal(agentOf({ regressions: [] }).steps(moveOf(100, 102))[0].regressionTargets.length, 0);
  const both = agentOf({ regressions: ["forward_volatility", "forward_return"] });
  close(both.steps(moveOf(102, 100))[0].regressionTargets, [0.990131, -0.990131]);
});

Deno.test("RewardAgent.steps() without scalars learns the fresh decisions alone, whatever came before", () => {
  const agent = agentOf({ space: THREE });
  for (let day = 0; day < 10; day++) {
    const [step] = agent.steps(stepOf("SPX", day));
    assert.deepEqual([...step.classes], [0, 1, 2]);
    assert.deepEqual([...step.candidateCosts].map((cost) => Math.round(cost * 1e6)), [
      ...[0, 25_000, 25_000],
      ...[25_000, 0, 50_000],
      ...[25_000, 50_000, 0],
    ]);
  }
});

Deno.test("RewardAgent refuses a symbol whose sigma it does not know, naming those it knows", () => {
  assert.throws(() => agentOf().steps({ ...moveOf(100, 102), symbol: "BTC" }), {
    name: "RangeError",
    message: "Cannot reward BTC as its sigma must be known: known are SPX",
  });
});

/** The step that a lane lives through when it decides `target` before a bar. */
function decided(before: Account, target: number, next: Bar, exitOpen: number, rules: TradeRules) {
  const order = orderTo(target, 0);
  const step = accountStep(before, order, next, rules);
  const experience: Experience = {
    ...stepOf("SPX", 1),
    next,
    exitOpen,
    decision: {
      ...liveStepOf("SPX", 1).decision!,
      id: "paper:SPX:0",
      action: "long",
      target,
      laneAccount: toLaneAccount(before),
      nextLaneAccount: toLaneAccount(step.account),
      fee: formatMoney(step.account.feesPaid - before.feesPaid),
    },
  };
  return { experience, after: step.account };
}

Deno.test("RewardAgent.reward() has fees against the trader: the same trade earns less with them", () => {
  const { next, exitOpen } = moveOf(100, 102);
  const cash = openAccount(parseMoney("100000"));
  const rewardWith = (rules: TradeRules) =>
    agentOf().reward(decided(cash, 1, next, exitOpen, rules).experience)!;
  const [free, paid] = [rewardWith(FREE), rewardWith({ ...FREE, takerBps: 3, makerBps: 3 })];
  close([free.logReturn, free.cost, free.reward], [Math.log(1.02), 0, Math.log(1.02) / 0.02]);
  close([paid.logReturn], [Math.log(1.02 / 1.0003)], 1e-8);
  close([paid.cost], [0.0003 / 1.0003], 1e-8);
  assert.ok(paid.reward < free.reward);
  assert.equal(paid.decisionId, "paper:SPX:0");
});

Deno.test("RewardAgent.reward() charges a flat market for trading alone", () => {
  const { next } = moveOf(100, 100);
  const { experience } = decided(openAccount(parseMoney("100000")), 1, next, 100, COSTS);
  const reward = agentOf().reward(experience)!;
  assert.ok(reward.reward < 0 && reward.cost > 0);
});

Deno.test("RewardAgent.reward() is null where nobody decided", () => {
  assert.equal(agentOf().reward(moveOf(100, 102)), null);
});

Deno.test("RewardAgent.reward() stays a number for a lane that is ruined", () => {
  const step = moveOf(100, 90);
  for (const [before, after] of [["0", "0"], ["-5", "-5"], ["-5", "10"], ["100", "-1"], ["0", "1"]]) {
    const reward = agentOf().reward({
      ...step,
      decision: {
        ...liveStepOf("SPX", 1).decision!,
        laneAccount: { ...FLAT, cash: before },
        nextLaneAccount: { ...FLAT, cash: after },
      },
    })!;
    close([reward.logReturn, reward.cost], [Math.log(1e-3), 0]);
  }
});

Deno.test("RewardAgent.reward() telescopes: rewards of a run add up to the log growth of its equity, fees or none", () => {
  const days = fc.array(
    fc.record({ open: fc.double({ min: 50, max: 150, noNaN: true }), target: fc.constantFrom(0, 1) }),
    {
      minLength: 3,
      maxLength: 40,
    },
  );
  fc.assert(fc.property(days, fc.constantFrom(FREE, COSTS), (run, rules) => {
    const opens = run.map(({ open }) => Math.round(open * 100) / 100);
    const agent = agentOf({ rulesOf: () => rules });
    let account = openAccount(parseMoney("100000"));
    const start = markEquity(account, opens[1]);
    let sum = 0;
    for (let t = 0; t + 2 < run.length; t++) {
      const open = opens[t + 1];
      const next = { openTimeMs: t + 1, open, high: open, low: open, close: open, volume: 1 };
      const { experience, after } = decided(account, run[t].target, next, opens[t + 2], rules);
      sum += agent.reward(experience)!.reward * SIGMA.SPX;
      account = after;
    }
    const end = markEquity(account, opens.at(-1)!);
    const growth = Math.log(toNumber(end) / toNumber(start));
    assert.ok(Math.abs(sum - growth) < 1e-9, `${sum}, not ${growth}`);
  }));
});

Deno.test("RewardAgent: at no cost, what was lived equals what is learned of that position", () => {
  const agent = agentOf({ rulesOf: () => FREE });
  for (const target of [0, 1]) {
    const { next, exitOpen } = moveOf(100, 97);
    const { experience } = decided(openAccount(parseMoney("1000000")), target, next, exitOpen, FREE);
    const learned = agent.steps(experience)[0].rewards[target];
    close([learned], [agent.reward(experience)!.reward], 1e-6);
  }
});

Deno.test("rewardSigma() is the standard deviation of the log returns from open to open, by hand", () => {
  // ±1 % in turn: mean 0, so sigma is ln 1.01
  const steps = Array.from({ length: 20 }, (_, t) => t % 2 === 0 ? moveOf(100, 101) : moveOf(101, 100));
  close([rewardSigma("SPX", steps)], [Math.log(1.01)], 1e-12);
});

Deno.test("rewardSigma() refuses too few steps and a price that stands still", () => {
  const steps = Array.from({ length: 19 }, (_, t) => moveOf(openOf(t), openOf(t + 1)));
  assert.throws(
    () => rewardSigma("SPX", steps),
    /takes 20 steps or more behind the warm-up \(data.warmup_bars\): there are 19/,
  );
  const still = Array.from({ length: 20 }, () => moveOf(100, 100));
  assert.throws(() => rewardSigma("SPX", still), /as its price must move: it stands still/);
});
