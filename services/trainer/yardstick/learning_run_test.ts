import assert from "node:assert/strict";
import type { Learner, LearnerStep } from "../../core/model/native_types.ts";
import { AfterstateAgent } from "./afterstate_agent.ts";
import { learn, ticksTo } from "./learning_run.ts";
import { MarketTrial } from "./market_trial.ts";
import { makeMarket } from "./markets.ts";
import { Scorer } from "./scorer.ts";

/** Knows the answer on B from the tick on at which it was trained often enough; before, it values nothing. */
class FakeLearner {
  readonly pushed: LearnerStep[] = [];
  /** How many steps were pushed at each training. */
  readonly trainedAt: number[] = [];
  updates = 0;

  get replayed(): number {
    return this.pushed.length;
  }

  constructor(readonly knowsAfter: number, readonly answer: (row: Float32Array) => number[]) {}

  push(step: LearnerStep): void {
    this.pushed.push(step);
  }

  train(updates: number): Promise<void> {
    this.updates += updates;
    this.trainedAt.push(this.pushed.length);
    return Promise.resolve();
  }

  forward(rows: Float32Array): Float32Array {
    const out: number[] = [];
    for (let at = 0; at < rows.length; at += 2) {
      out.push(...(this.updates >= this.knowsAfter ? this.answer(rows.subarray(at, at + 2)) : [0, 0, 0]));
    }
    return Float32Array.from(out);
  }
}

const MARKET = makeMarket("B");
const SCORER = new Scorer(MARKET);

/** The optimal rule of B as values: from each state's features, far above any cost, what the optimal rule holds next. */
function optimalValues(row: Float32Array): number[] {
  const rows = MARKET.stateFeatures!.rows;
  const state = Array.from({ length: 24 }, (_, k) => k).find((k) =>
    rows[2 * k] === row[0] && rows[2 * k + 1] === row[1]
  )!;
  const fromLong = SCORER.optimum.rule.subarray((state * 3 + 2) * 3, (state * 3 + 2) * 3 + 3);
  const fromShort = SCORER.optimum.rule.subarray(state * 9, state * 9 + 3);
  if (fromLong[2] === 1 && fromShort[0] === 1) return [0, -99, 0];
  return fromLong[2] === 1 ? [0, 0, 99] : [99, 0, 0];
}

function run(learner: FakeLearner, ticks: number) {
  const made = { learner: learner as unknown as Learner, outputs: 3, regressionHeads: 0 };
  return learn({
    trial: new MarketTrial(SCORER, new AfterstateAgent(MARKET, made)),
    learner: made.learner,
    updatesAt: (tick) => tick < 100 ? 2 : 1,
    seed: 1,
    ticks,
  });
}

Deno.test("learn() pushes each tick once, then trains as paced", async () => {
  const learner = new FakeLearner(Infinity, optimalValues);
  const { updates, curve, earned, ticksTo: reached } = await run(learner, 200);
  assert.equal(learner.pushed.length, 200);
  assert.deepEqual(learner.trainedAt, Array.from({ length: 200 }, (_, index) => index + 1));
  assert.equal(updates, 300);
  assert.deepEqual(
    curve.map(({ tick, score }) => [tick, Math.abs(score) < 1e-9]),
    [50, 100, 150, 200].map((t) => [t, true]),
  );
  assert.equal(earned.expected, 0);
  assert.deepEqual(reached, [null, null, null]);
});

Deno.test("learn() scores a learner that knows all at 1, and counts what it earned from then on alone", async () => {
  const all = await run(new FakeLearner(0, optimalValues), 480);
  assert.ok(
    Math.abs(all.final.score - 1) < 1e-6 && Math.abs(all.earned.expected! - 1) < 0.01,
    `${all.earned.expected}`,
  );
  assert.deepEqual(all.ticksTo, [150, 150, 150]);
  // It knows after 340 updates, those of 240 ticks: it earns in half of the run.
  const half = await run(new FakeLearner(340, optimalValues), 480);
  assert.ok(Math.abs(half.earned.expected! - 0.5) < 0.06, `${half.earned.expected}`);
  assert.deepEqual(half.ticksTo, [350, 350, 350]);
});

Deno.test("ticksTo() takes the first tick at which three scores together are high enough", () => {
  const curve = [0.99, 0.5, 0.9, 0.97, 0.99, 0.2].map((score, index) => ({ tick: 50 * (index + 1), score }));
  assert.equal(ticksTo(0.95, curve), 250);
  assert.equal(ticksTo(0.79, curve), 150);
  assert.equal(ticksTo(0.96, curve), null);
});
