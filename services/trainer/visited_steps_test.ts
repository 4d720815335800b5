import assert from "node:assert/strict";
import { openAccount, toLaneAccount } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import { parseMoney } from "../core/account/money.ts";
import type { Experience } from "../core/contracts/experience.ts";
import { orderOf } from "../core/decisions/candidate.ts";
import type { LearnerStep } from "../core/model/native_types.ts";
import { LearnerPolicy } from "./learner_policy.ts";
import { RewardAgent } from "./reward_agent.ts";
import { DAY_MS, FakeLearner, FREE, liveStepOf, spaceOf, stepOf } from "./trainer_testing.ts";
import { VisitedSteps, type VisitedStepsParts } from "./visited_steps.ts";

const SIGMA = { A: 0.01, BTC: 0.02 };
const RULES = { ...FREE, takerBps: 10, makerBps: 10 };
const GAMMA = 0.5;
const AGENT = new RewardAgent({
  space: spaceOf(),
  rulesOf: () => RULES,
  sigma: SIGMA,
  regressions: ["forward_return"],
  terms: [],
  virtualTrades: 4,
  seed: 1,
});

function visited(changes: Partial<VisitedStepsParts> = {}, learner = new FakeLearner(3)): VisitedSteps {
  const space = spaceOf();
  const value = changes.value ?? "afterstate";
  const heads = [{ name: "action", size: 2 }, { name: "risk", size: 1 }];
  return new VisitedSteps({
    agent: AGENT,
    policy: new LearnerPolicy({ learner, space, rulesOf: () => RULES, sigma: SIGMA, value, heads }),
    space,
    rulesOf: () => RULES,
    laneRulesOf: () => RULES,
    sigma: SIGMA,
    value,
    nStep: 1,
    gamma: GAMMA,
    epsilonAfter: () => 0,
    seed: 1,
    ...changes,
  });
}

/** A live lane that goes to these classes, one a day from day 1 on. */
function lived(actions: ("flat" | "long")[], symbol = "A"): Experience[] {
  const space = spaceOf();
  let account = openAccount(parseMoney("100000"));
  return actions.map((action, index) => {
    const step = liveStepOf(symbol, index + 1);
    const held = AGENT.heldBefore(step, account);
    const candidate = space.candidates(held).find((each) => each.action === action)!;
    const order = orderOf(candidate, step, RULES);
    const before = account;
    account = accountStep(account, order, step.next, RULES).account;
    const option = { label: candidate.label, class: candidate.point.class, scalars: [], q: 0, cost: 0 };
    const decision = {
      ...step.decision!,
      action,
      order,
      isKeep: candidate.isKeep,
      chosen: option,
      laneAccount: toLaneAccount(before),
      nextLaneAccount: toLaneAccount(account),
    };
    return { ...step, decision };
  });
}

/** What each decision of a run earned, and paid, in sigmas. */
const earnedBy = ({ next, exitOpen }: Experience, isLong: boolean) =>
  isLong ? Math.log(exitOpen / next.open) / SIGMA.A : 0;
const FEE = 0.001 / SIGMA.A;

function near(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, index) =>
    assert.ok(Math.abs(actual[index] - value) < 1e-5, `${index}: ${actual[index]}, not ${value}`)
  );
}

Deno.test("VisitedSteps learn what was done alone: the account that it led to, and all that could follow", () => {
  const [bought, kept, sold] = lived(["long", "long", "flat"]);
  const maker = visited();
  const steps = [bought, kept, sold].flatMap((step) => maker.steps(step));
  assert.deepEqual(steps.map(({ classes }) => [...classes]), [[1], [1], [0]]);
  near(steps.flatMap(({ rewards }) => [...rewards]), [earnedBy(bought, true), earnedBy(kept, true), 0]);
  near(steps[0].candidateCosts, [FEE, 0]);
  near(steps[2].candidateCosts, [0, FEE]);
  assert.deepEqual(steps.map(({ span }) => span), [1, 1, 1]);
  near(steps[1].regressionTargets, [earnedBy(kept, true)]);
});

Deno.test("VisitedSteps of n steps add up what was earned and paid on the way, discounted", () => {
  const run = lived(["long", "flat", "long", "long"]);
  const maker = visited({ nStep: 3 });
  const steps = run.map((step) => maker.steps(step));
  assert.deepEqual(steps.map(({ length }) => length), [0, 0, 1, 1]);
  const [first, second] = steps.flat();
  // long, then out at a fee, then in again at one; the first entry's own fee is its candidate's
  near(first.rewards, [earnedBy(run[0], true) - GAMMA * FEE + GAMMA ** 2 * (earnedBy(run[2], true) - FEE)]);
  near(second.rewards, [GAMMA * (earnedBy(run[2], true) - FEE) + GAMMA ** 2 * earnedBy(run[3], true)]);
  assert.deepEqual([[...first.classes], [...second.classes]], [[1], [0]]);
  assert.deepEqual([first.span, first.features, first.nextFeatures], [
    3,
    run[0].features,
    run[2].nextFeatures,
  ]);
  near(second.candidateCosts, [FEE, 0]);
});

Deno.test("VisitedSteps end a target early at a gap, and where it is not known what was done", () => {
  const run = lived(["long", "long", "flat", "flat", "flat"]);
  const spansOf = (steps: Experience[]) => {
    const maker = visited({ nStep: 3 });
    maker.endHistory();
    return steps.map((step) => maker.steps(step).map(({ span }) => span));
  };
  assert.deepEqual(spansOf([run[0], run[1], run[3], run[4]]), [[], [], [2, 1], []]);
  const unknown = { ...run[2], decision: null };
  assert.deepEqual(spansOf([run[0], run[1], unknown, run[3]]), [[], [], [2, 1], []]);
});

Deno.test("VisitedSteps learn what a limit has made of a choice: a way out as one, a cut order not at all", () => {
  const [bought, , sold] = lived(["long", "long", "flat"]);
  const forced = { ...sold.decision!, chosen: { ...sold.decision!.chosen!, label: "long" } };
  assert.deepEqual([...visited().steps({ ...sold, decision: forced })[0].classes], [0]);
  const cut = { ...bought.decision!, order: { ...bought.decision!.order!, target: 0.4 } };
  assert.deepEqual(visited().steps({ ...bought, decision: cut }), []);
});

Deno.test("VisitedSteps count what happened without an order as a keep, and pass over a decision that is not there any more", () => {
  const [bought, kept] = lived(["long", "long"]);
  const unanswered = { ...kept, decision: { ...kept.decision!, chosen: null } };
  assert.deepEqual([...visited().steps(unanswered)[0].classes], [1]);
  const renamed = { ...bought.decision!, chosen: { ...bought.decision!.chosen!, label: "long 0.5" } };
  assert.deepEqual(visited().steps({ ...bought, decision: renamed }), []);
});

Deno.test("VisitedSteps let nothing follow ruin, which ends every target", () => {
  const [bought, kept] = lived(["long", "long"]);
  const ruined = { ...kept, exitOpen: kept.next.open * 1e-4 };
  const maker = visited({ nStep: 4 });
  const steps = [...maker.steps(bought), ...maker.steps(ruined)];
  assert.deepEqual(steps.map(({ span }) => span), [2, 1]);
  assert.deepEqual(steps.map(({ terminals, pointClasses }) => [terminals[0], pointClasses.length]), [
    [1, 0],
    [1, 0],
  ]);
});

Deno.test("VisitedSteps on history follow what the learner would do, and explore", () => {
  const learner = Object.assign(new FakeLearner(3), {
    evaluate: (_: Float32Array, __: Uint32Array, classes: Uint8Array) => new Float32Array(classes.length),
  });
  const greedy = visited({}, learner);
  const days = Array.from({ length: 40 }, (_, day) => stepOf("A", day + 1));
  const classesOf = (maker: VisitedSteps) =>
    days.flatMap((step) => maker.steps(step)).map(({ classes }) => classes[0]);
  assert.deepEqual(new Set(classesOf(greedy)), new Set([0])); // equal values: it stays flat
  const asked: number[] = [];
  const exploring = visited({
    epsilonAfter: (steps) => {
      asked.push(steps);
      return 1;
    },
  }, learner);
  const explored = classesOf(exploring);
  assert.ok(explored.includes(0) && explored.includes(1));
  assert.deepEqual(asked, days.map((_, index) => index));
  assert.deepEqual(classesOf(visited({ epsilonAfter: () => 1 }, learner)), explored);
});

Deno.test("VisitedSteps.endHistory() gives the targets that are left, after which history teaches nothing more", () => {
  const maker = visited({ nStep: 3 });
  for (let day = 1; day < 5; day++) maker.steps(stepOf("A", day));
  maker.steps(stepOf("BTC", 4));
  assert.deepEqual(maker.endHistory().map(({ span }) => span), [2, 1, 1]);
  assert.deepEqual(maker.steps(stepOf("A", 5)), []);
});

Deno.test("VisitedSteps go on after remembering as if they had not been interrupted", () => {
  const run = lived(["long", "long", "flat", "long", "flat", "flat", "long"]);
  const steady = visited({ nStep: 3 });
  const expected = run.map((step) => steady.steps(step)).slice(4).flat();
  const again = visited({ nStep: 3 });
  again.endHistory();
  run.slice(0, 4).forEach((step) => again.remember(step));
  assert.deepEqual(run.slice(4).flatMap((step) => again.steps(step)), expected);
});

Deno.test("VisitedSteps of branching values pay for the decision itself, and see the account in both states", () => {
  const run = lived(["long", "flat"]);
  const maker = visited({ value: "branching", nStep: 2 });
  const [step] = run.flatMap((each): LearnerStep[] => maker.steps(each));
  near(step.rewards, [earnedBy(run[0], true) - FEE - GAMMA * FEE]);
  assert.deepEqual([[...step.features], [...step.nextFeatures]], [[1, 1, 0], [3, 1, 0]]);
  assert.deepEqual([[...step.classes], [...step.pointClasses], step.span], [[1], [0, 1], 2]);
  assert.equal(run[1].barMs, 2 * DAY_MS);
});
