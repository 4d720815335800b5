import assert from "node:assert/strict";
import { ModelPassport } from "../core/contracts/model.ts";
import { decisionSpaceOf } from "../core/decisions/space_of.ts";
import { openFakeNetwork } from "../core/testing/fake_network.ts";
import { makeTeacher } from "./teacher.ts";
import { CONFIG, lockstepRun, MemoryCheckpoint, RULES, World } from "./train_loop_testing.ts";
import { FakeLearner, liveStepOf } from "./trainer_testing.ts";

Deno.test("TrainLoop publishes how sure a version is once 200 decisions were judged, the same after a kill", async () => {
  const config = { ...CONFIG, confidence: { horizon: 1 } };
  const makeWorld = () => new World(["A"], true, { horizon: 1 }, config);
  const passports = async (world: World) => {
    const versions = await world.versions();
    return await Promise.all(versions.map(async (version) => {
      const { blob, metadata } = await world.models.get(version);
      const { passport } = JSON.parse(openFakeNetwork(blob).metadata);
      return { confidence: ModelPassport.parse(JSON.parse(passport)).confidence, metrics: metadata.metrics };
    }));
  };
  const [steady, killed, few] = [makeWorld(), makeWorld(), makeWorld()];
  killed.checkpoints = new MemoryCheckpoint();
  await lockstepRun(steady, false, 1_010);
  const published = await passports(steady);
  assert.deepEqual(published.map(({ confidence }) => confidence?.fittedOn), [252, 255, 258]);
  assert.deepEqual(published.map(({ metrics }) => [metrics.ece, metrics.judgedPairs]), [
    [0.05, 252],
    [0.05, 255],
    [0.05, 258],
  ]);
  await lockstepRun(killed, true, 1_010);
  assert.deepEqual(await killed.versions(), await steady.versions());
  await lockstepRun(few, false, 760);
  assert.deepEqual((await passports(few)).map(({ confidence, metrics }) => [confidence, metrics.ece]), [
    [null, undefined],
    [null, undefined],
    [null, undefined],
  ]);
});

Deno.test("TrainLoop judges no decision that was learned from", async () => {
  const learner = new FakeLearner();
  const seen: number[] = [];
  const world = new World(["A"], true, {
    makeTeacher: (sigma) => {
      const rules = RULES;
      const space = decisionSpaceOf(CONFIG, rules);
      const teacher = makeTeacher({
        config: CONFIG,
        space,
        rulesOf: () => rules,
        learner,
        seed: 1,
        champions: null,
      }, sigma);
      const see = teacher.pairs.see.bind(teacher.pairs);
      teacher.pairs.see = (experience) => {
        assert.ok(learner.pushed.every(({ features }) => features[0] < experience.features[0]));
        seen.push(experience.features[0]);
        see(experience);
      };
      return teacher;
    },
  });
  await world.history();
  await world.ticket("bootstrap", 31);
  await world.train(learner, async () => {
    if (!await world.adoptedAfter(31)) return false;
    await world.experience(liveStepOf("A", 31));
    await world.ticket("barrier", 33);
    return await world.adoptedAfter(33);
  });
  assert.deepEqual(seen, [24, 25, 26, 27, 28, 29, 30, 31]);
});
