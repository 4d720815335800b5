import assert from "node:assert/strict";
import type { ModelConfig } from "../core/config/model_config.ts";
import { CONFIG, FIRST_CALLS, HISTORY, lockstepRun, MemoryCheckpoint, World } from "./train_loop_testing.ts";
import { DAY_MS, FakeLearner, liveStepOf } from "./trainer_testing.ts";

const learnedDays = (learner: FakeLearner) =>
  learner.pushed.map(({ features }) => [features[0], features[1]]);

Deno.test("TrainLoop in lockstep goes on from its checkpoint, and makes the versions of a run without a kill", async () => {
  const [steady, killed] = [new World(["A"], true), new World(["A"], true)];
  killed.checkpoints = new MemoryCheckpoint();
  await lockstepRun(steady, false);
  const [first, ...others] = await lockstepRun(killed, true);
  assert.deepEqual(await killed.versions(), await steady.versions());
  assert.ok(learnedDays(first).length >= HISTORY);
  for (const learner of others) {
    assert.ok(learnedDays(learner).every(([day]) => day > HISTORY), "history is learned once");
  }
});

Deno.test("TrainLoop in a free run goes on from its checkpoint with what came after it", async () => {
  const world = new World(["A"], false);
  const checkpoints = world.checkpoints = new MemoryCheckpoint();
  await world.history();
  await world.ticket("bootstrap", 31);
  await world.experience(...Array.from({ length: 10 }, (_, index) => liveStepOf("A", 31 + index)));
  await world.train(new FakeLearner(), () => checkpoints.last?.progress.experiences === 40);
  await world.experience(liveStepOf("A", 41));
  const second = new FakeLearner();
  await world.train(second, () => second.trained.length === 1);
  assert.deepEqual(learnedDays(second), [[41, 1]]);
  assert.equal(second.replayed, 41);
});

/** Each makes later steps depend on more than themselves. */
const REACHING_BACK: Record<string, ModelConfig> = {
  "virtual trades with stops": {
    ...CONFIG,
    account: ["position", "unrealised_pnl", "stop_distance"],
    heads: {
      ...CONFIG.heads,
      stop: { type: "branch_q", values: ["none", 2], unit: "atr", active_when: "entering" },
    } as unknown as ModelConfig["heads"],
  },
  "targets of three steps": {
    ...CONFIG,
    learner: { ...CONFIG.learner, counterfactual: false, n_step: 3, epsilon: 0.3 },
  },
};

for (const [what, config] of Object.entries(REACHING_BACK)) {
  Deno.test(`TrainLoop with ${what} makes the versions of a run without a kill, from checkpoints or without`, async () => {
    const makeWorld = () => new World(["A"], true, {}, config);
    const [steady, killed, relearning] = [makeWorld(), makeWorld(), makeWorld()];
    killed.checkpoints = new MemoryCheckpoint();
    await lockstepRun(steady, false, 90);
    await lockstepRun(killed, true, 90);
    await lockstepRun(relearning, true, 90);
    const expected = await steady.versions();
    assert.equal(new Set(expected).size, 3);
    assert.deepEqual(await killed.versions(), expected);
    assert.deepEqual(await relearning.versions(), expected);
    assert.deepEqual([...steady.notices, ...killed.notices], []);
  });
}

Deno.test("TrainLoop starts from a stored model where there is no checkpoint to go on from", async () => {
  let starts = 0;
  const warmStart = () => {
    starts++;
    return Promise.resolve();
  };
  const world = new World(["A"], true, { warmStart });
  world.checkpoints = new MemoryCheckpoint();
  await lockstepRun(world, true);
  assert.equal(starts, 1);
});

Deno.test("TrainLoop learns everything again where a checkpoint is of no use, and says why before it does", async () => {
  const reasons = {
    broken: /^broken\. Everything is learned again$/,
    "another run": /^Cannot resume from memory as it must be of paper\|test\|A\|.*: it is of another\. /,
    "another network": /as it must be of this network: features\[1\]: "b" here, "x" there\. /,
    "another learner": /^Cannot resume from memory as its `seed` must be 1: it is 2\. Everything/,
    "a learner that fails": /^Cannot resume from memory: out of memory\. Everything/,
    "a stream that lost its end": /as experience A 8553600000-0 must be in the stream: it is not\. /,
  };
  for (const [spoil, reason] of Object.entries(reasons)) {
    const world = new World(["A"], true);
    const checkpoints = world.checkpoints = new MemoryCheckpoint();
    await world.history();
    await world.ticket("bootstrap", 31);
    await world.train(new FakeLearner(), () => checkpoints.last !== null);
    const again = new FakeLearner();
    if (spoil === "broken") checkpoints.isBroken = true;
    else if (spoil === "another learner") {
      const refusal = "Cannot restore checkpoint as its `seed` must be 1: it is 2";
      again.restore = () => Promise.reject(new Error(refusal));
    } else if (spoil === "a learner that fails") {
      again.restore = () => Promise.reject(new Error("out of memory"));
    } else {
      const { progress, learner } = checkpoints.last!;
      const changes = {
        "another run": { run: "another" },
        "another network": { schema: '{"features":["a","x"]}' },
        "a stream that lost its end": { positions: { A: `${99 * DAY_MS}-0` } },
      }[spoil];
      checkpoints.last = { learner, progress: { ...progress, ...changes } };
    }
    await world.train(again, () => again.trained.length === FIRST_CALLS.length);
    assert.equal(again.pushed.length, HISTORY, spoil);
    assert.equal(world.notices.length, 1, spoil);
    assert.match(world.notices[0], reason);
  }
});
