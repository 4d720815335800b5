import assert from "node:assert/strict";
import { learningStream, rewardStream } from "../core/contracts/learning.ts";
import { modelEventStream, modelMetadata } from "../core/contracts/model.ts";
import { CONFIG, FIRST_CALLS, HISTORY, lockstepRun, World } from "./train_loop_testing.ts";
import { DAY_MS, FakeLearner, liveStepOf, stepOf } from "./trainer_testing.ts";

const learnedDays = (learner: FakeLearner) =>
  learner.pushed.map(({ features }) => [features[0], features[1]]);

Deno.test("TrainLoop in lockstep learns exactly the ticket's experience, in order of time, then of symbol", async () => {
  const world = new World(["BTC", "A"], true);
  await world.history();
  await world.ticket("bootstrap", 31);
  await world.experience(stepOf("A", 31), stepOf("BTC", 31)); // came after core asked
  const learner = new FakeLearner();
  await world.train(learner, () => world.adoptedAfter(31));
  const expected = Array.from({ length: HISTORY }, (_, day) => [[day + 1, 1], [day + 1, 3]]).flat(); // A before BTC
  assert.deepEqual(learnedDays(learner), expected);
  assert.deepEqual(learner.trained.map(({ updates }) => updates), FIRST_CALLS);
  assert.deepEqual(
    learner.trained.map(({ steps }) => steps),
    [46, 46, 50, 54, 56, 60],
    "the last quarter is walked through in four steps",
  );
});

Deno.test("TrainLoop in lockstep trains for each new bar time once, however many symbols have it", async () => {
  const world = new World(["A", "BTC"], true);
  await world.history();
  await world.ticket("bootstrap", 31);
  const learner = new FakeLearner();
  await world.train(learner, async () => {
    if (!await world.adoptedAfter(31)) return false;
    await world.experience(liveStepOf("A", 31), liveStepOf("A", 32), liveStepOf("BTC", 32));
    await world.ticket("barrier", 34);
    return await world.adoptedAfter(34);
  });
  assert.deepEqual(learner.trained.slice(FIRST_CALLS.length), [{ updates: 4 + 5, steps: 63 }]);
});

Deno.test("TrainLoop in lockstep makes the same versions when it is killed, though more experience lies there by then", async () => {
  const [steady, killed] = [new World(["A"], true), new World(["A"], true)];
  const [learner] = await lockstepRun(steady, false);
  const learners = await lockstepRun(killed, true);
  assert.equal(learners.length, 3);
  assert.equal((await steady.versions()).length, 3);
  assert.deepEqual(await killed.versions(), await steady.versions());
  const last = new FakeLearner();
  await killed.train(last, () => last.trained.length === learner.trained.length);
  assert.deepEqual(last.trained, learner.trained);
  assert.deepEqual(last.exportModel("{}"), learner.exportModel("{}"));
  assert.deepEqual(await killed.versions(), await steady.versions());
});

Deno.test("TrainLoop writes the reward of each live decision once, also after a restart", async () => {
  const world = new World(["A"], true);
  await world.history();
  await world.ticket("bootstrap", 31);
  const first = new FakeLearner();
  await world.train(first, () => world.adoptedAfter(31));
  await world.experience(liveStepOf("A", 31), liveStepOf("A", 32));
  await world.ticket("barrier", 34);
  for (let run = 0; run < 2; run++) {
    const learner = new FakeLearner();
    await world.train(learner, () => learner.trained.length === FIRST_CALLS.length + 1);
  }
  const rewards = await world.store.range(rewardStream("paper", "A"));
  assert.deepEqual(
    rewards.map(({ value }) => value.decisionId),
    [31, 32].map((day) => `paper:A:${day * DAY_MS}`),
  );
  assert.deepEqual(rewards.map(({ value }) => value.reward), [0, 0]);
});

Deno.test("TrainLoop describes what a version has learned", async () => {
  const world = new World(["A"], true);
  await world.history();
  await world.ticket("bootstrap", 31);
  const learner = new FakeLearner();
  await world.train(learner, () => world.adoptedAfter(31));
  const { version } = (await world.models.current())!;
  const metadata = (await world.store.get(modelMetadata(version)))!;
  assert.equal(metadata.experiences, HISTORY);
  assert.equal(metadata.liveExperiences, 0);
  assert.equal(metadata.learnedThroughMs, HISTORY * DAY_MS);
  assert.equal(metadata.updates, 600);
  assert.equal(metadata.gate[0].figures.goldenStates, HISTORY);
  const shown = await world.store.range(learningStream());
  assert.deepEqual(shown.map(({ value }) => value.updates), [250, 300, 375, 450, 525, 600]);
  assert.deepEqual(shown.map(({ value }) => value.updatesPerSecond), [500, 100, 150, 150, 150, 150]);
});

Deno.test("TrainLoop goes on when every batch of a call was skipped, whose figures are not numbers", async () => {
  const world = new World(["A"], true);
  await world.history();
  await world.ticket("bootstrap", 31);
  const learner = new FakeLearner();
  learner.reports.push({}, {}, {}, {}, {}, {
    skipped: 75,
    loss: NaN,
    meanAbsTd: NaN,
    meanValue: NaN,
    gradNorm: NaN,
  });
  await world.train(learner, () => world.adoptedAfter(31));
  assert.equal((await world.store.range(learningStream())).length, 5);
  assert.deepEqual((await world.models.get((await world.models.current())!.version)).metadata.metrics, {
    loss: 0.5,
    meanAbsTd: 0.1,
    meanValue: 0.2,
    judgedPairs: 6,
  });
});

Deno.test("TrainLoop in a free run publishes after every so many bars, and skips none of the experience", async () => {
  const world = new World(["A"], false);
  await world.history();
  await world.ticket("bootstrap", 31);
  const learner = new FakeLearner();
  let day = 31;
  await world.train(learner, async () => {
    if (!await world.adoptedAfter(31)) return false;
    if (learner.pushed.length === day - 1 && day <= 42) await world.experience(liveStepOf("A", day++));
    return learner.pushed.length === 42 && learner.trained.length === FIRST_CALLS.length + 12;
  });
  assert.deepEqual(
    learnedDays(learner).map(([at]) => at),
    Array.from({ length: 42 }, (_, index) => index + 1),
  );
  const events = await world.store.range(modelEventStream());
  assert.deepEqual(events.map(({ value }) => value.adoptAfterMs / DAY_MS), [31, 35, 40]);
  assert.deepEqual(
    learner.trained.slice(FIRST_CALLS.length).map(({ updates }) => updates),
    [4, ...Array(11).fill(5)],
  );
});

Deno.test("TrainLoop in a free run catches up after a restart without publishing again what is older", async () => {
  const world = new World(["A"], false);
  await world.history();
  await world.ticket("bootstrap", 31);
  const live = Array.from({ length: 10 }, (_, index) => liveStepOf("A", 31 + index));
  await world.experience(...live);
  const first = new FakeLearner();
  await world.train(first, () => world.adoptedAfter(40));
  const before = await world.models.current();
  const second = new FakeLearner();
  await world.train(
    second,
    () => second.pushed.length === 40 && second.trained.length === first.trained.length,
  );
  assert.deepEqual(await world.models.current(), before);
  assert.deepEqual(second.trained, first.trained);
});

Deno.test("TrainLoop lets a learner that leads its lane learn in small parts", async () => {
  const config = { ...CONFIG, learner: { ...CONFIG.learner, counterfactual: false } };
  const world = new World(["A"], true, {}, config);
  await world.history(100);
  await world.ticket("bootstrap", 101);
  const learner = new FakeLearner();
  await world.train(learner, () => world.adoptedAfter(101));
  assert.deepEqual(learner.trained, [
    { updates: 192, steps: 32 },
    { updates: 192, steps: 64 },
    { updates: 192, steps: 96 },
    { updates: 24, steps: 100 },
  ]);
});

Deno.test("TrainLoop in a free run counts a bar once, though its symbols' steps come in different reads", async () => {
  const world = new World(["A", "BTC"], false);
  await world.history();
  await world.ticket("bootstrap", 31);
  const learner = new FakeLearner();
  let [day, next] = [31, 0];
  await world.train(learner, async () => {
    if (!await world.adoptedAfter(31)) return false;
    const taken = learner.pushed.length === 2 * HISTORY + next;
    if (taken && day <= 36) {
      await world.experience(liveStepOf(next++ % 2 === 0 ? "A" : "BTC", day));
      if (next % 2 === 0) day++;
    }
    return learner.pushed.length === 2 * (HISTORY + 6);
  });
  const events = await world.store.range(modelEventStream());
  assert.deepEqual(events.map(({ value }) => value.adoptAfterMs / DAY_MS), [31, 35]);
});
