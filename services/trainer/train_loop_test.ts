import assert from "node:assert/strict";
import type { Experience } from "../core/contracts/experience.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { learningStream, rewardStream, type Ticket, ticketStream } from "../core/contracts/learning.ts";
import { modelEventStream, modelMetadata } from "../core/contracts/model.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { silentLog } from "../core/runtime/log.ts";
import { openFakeNetwork } from "../core/testing/fake_network.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { type Checkpoint, CheckpointError, type CheckpointStore } from "./checkpoint.ts";
import { Publisher } from "./publisher.ts";
import { RewardAgent } from "./reward_agent.ts";
import { TrainLoop } from "./train_loop.ts";
import { DAY_MS, FakeLearner, liveStepOf, stepOf } from "./trainer_testing.ts";

const HISTORY = 30;
/** The count shows in the updates: those of bar n are 4, and 5 from bar 32 on. */
const PACE = {
  bootstrapUpdates: 600,
  updatesAfter: (seen: number) => seen < 31 ? 4 : 5,
  publishEveryBars: 5,
};
const feed = (symbols: string[], lockstep: boolean): FeedStatus => ({
  runId: "00000000-0000-4000-8000-000000000001",
  feed: "test",
  note: "made up",
  state: "live",
  symbols,
  timeframe: "1d",
  bootstrapBars: HISTORY,
  liveBars: 0,
  plannedLiveBars: null,
  firstLiveMs: null,
  speed: "max",
  lockstep,
});

/** A trainer's Redis, and trainers on it. */
class World {
  readonly store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: (bad) => assert.fail(bad.reason),
  });
  readonly models = new RedisModelStore(this.store);
  /** What every trainer here keeps and goes on from; null for none. */
  checkpoints: CheckpointStore | null = null;

  constructor(readonly symbols: string[], readonly lockstep: boolean) {}

  async experience(...experiences: Experience[]): Promise<void> {
    for (const experience of experiences) {
      await this.store.append(
        experienceStream("paper", experience.symbol),
        `${experience.barMs}-0`,
        experience,
      );
    }
  }

  async history(days = HISTORY): Promise<void> {
    for (const symbol of this.symbols) {
      await this.experience(...Array.from({ length: days }, (_, day) => stepOf(symbol, day + 1)));
    }
  }

  async ticket(kind: Ticket["kind"], day: number): Promise<void> {
    const steps: Record<string, number> = {};
    for (const symbol of this.symbols) {
      const [last] = await this.store.newest(experienceStream("paper", symbol), 1);
      if (last !== undefined) steps[symbol] = last.value.barMs;
    }
    await this.store.append(ticketStream(), `${day * DAY_MS}-0`, { kind, barMs: day * DAY_MS, steps });
  }

  /** Runs a trainer until the condition holds. */
  async train(learner: FakeLearner, done: () => boolean | Promise<boolean>): Promise<void> {
    const { store, models } = this;
    const clock = new ManualClock();
    const log = silentLog;
    const loop = new TrainLoop({
      learner,
      makeRewardAgent: (sigma) =>
        new RewardAgent({
          targets: [0, 1],
          rules: { feeBps: 3, halfSpreadBps: 0, slippageBps: 0 },
          sigma,
          regressionHeads: 1,
        }),
      publisher: new Publisher({
        models,
        archive: null,
        store,
        openModel: openFakeNetwork,
        schemaHash: "schema",
        strategy: "test",
        clock,
        log,
      }),
      checkpoints: this.checkpoints,
      store,
      feed: feed(this.symbols, this.lockstep),
      account: "paper",
      pace: PACE,
      clock,
      log,
      onProgress: () => {},
    });
    const stop = new AbortController();
    const running = loop.run(stop.signal);
    try {
      await Promise.race([
        running,
        until(systemClock, "the condition", done, { deadlineMs: 5_000, everyMs: 1 }),
      ]);
    } finally {
      stop.abort();
      await running;
    }
  }

  async adoptedAfter(day: number): Promise<boolean> {
    return ((await this.models.current())?.adoptAfterMs ?? -1) >= day * DAY_MS;
  }

  async versions(): Promise<string[]> {
    return (await this.store.range(modelEventStream())).map(({ value }) => value.version);
  }
}

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
  assert.deepEqual(learner.trained.map(({ updates }) => updates), [250, 250, 100]);
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
  assert.deepEqual(learner.trained.slice(3), [{ updates: 4 + 5, steps: 63 }]);
});

/** A first version and two barriers; more experience comes after each. @returns The learners that ran. */
async function lockstepRun(world: World, isKilledBetween: boolean): Promise<FakeLearner[]> {
  const live = (...days: number[]) => world.experience(...days.map((day) => liveStepOf("A", day)));
  await world.history();
  await world.ticket("bootstrap", 31);
  const stages = [
    { adoptedAfter: 31, then: () => live(31, 32, 33).then(() => world.ticket("barrier", 35)) },
    { adoptedAfter: 35, then: () => live(34, 35, 36).then(() => world.ticket("barrier", 38)) },
    { adoptedAfter: 38, then: () => live(37, 38) },
  ];
  const goesOn = async (): Promise<boolean> => {
    if (!await world.adoptedAfter(stages[0].adoptedAfter)) return false;
    await stages.shift()!.then();
    return isKilledBetween || stages.length === 0;
  };
  const learners: FakeLearner[] = [];
  while (stages.length > 0) {
    learners.push(new FakeLearner());
    await world.train(learners.at(-1)!, goesOn);
  }
  return learners;
}

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
    await world.train(learner, () => learner.trained.length === 4);
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
  assert.deepEqual(shown.map(({ value }) => value.updates), [250, 500, 600]);
  assert.deepEqual(shown.map(({ value }) => value.updatesPerSecond), [500, 500, 200]);
});

Deno.test("TrainLoop goes on when every batch of a call was skipped, whose figures are not numbers", async () => {
  const world = new World(["A"], true);
  await world.history();
  await world.ticket("bootstrap", 31);
  const learner = new FakeLearner();
  learner.reports.push({}, {}, { skipped: 100, loss: NaN, meanAbsTd: NaN, meanValue: NaN, gradNorm: NaN });
  await world.train(learner, () => world.adoptedAfter(31));
  assert.equal((await world.store.range(learningStream())).length, 2);
  assert.deepEqual((await world.models.get((await world.models.current())!.version)).metadata.metrics, {
    loss: 0.5,
    meanAbsTd: 0.1,
    meanValue: 0.2,
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
    return learner.pushed.length === 42 && learner.trained.length === 3 + 12;
  });
  assert.deepEqual(
    learnedDays(learner).map(([at]) => at),
    Array.from({ length: 42 }, (_, index) => index + 1),
  );
  const events = await world.store.range(modelEventStream());
  assert.deepEqual(events.map(({ value }) => value.adoptAfterMs / DAY_MS), [31, 35, 40]);
  assert.deepEqual(
    learner.trained.slice(3).map(({ updates }) => updates),
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

/** A checkpoint in memory, that can be made unreadable. */
class MemoryCheckpoint implements CheckpointStore {
  last: Checkpoint | null = null;
  isBroken = false;

  read(): Promise<Checkpoint | null> {
    if (this.isBroken) return Promise.reject(new CheckpointError("broken"));
    return Promise.resolve(structuredClone(this.last));
  }

  write(checkpoint: Checkpoint): Promise<void> {
    this.last = structuredClone(checkpoint);
    return Promise.resolve();
  }
}

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

Deno.test("TrainLoop learns everything again where a checkpoint is broken, or of another run", async () => {
  for (const spoil of ["broken", "another run", "a stream that lost its end"] as const) {
    const world = new World(["A"], true);
    const checkpoints = world.checkpoints = new MemoryCheckpoint();
    await world.history();
    await world.ticket("bootstrap", 31);
    await world.train(new FakeLearner(), () => checkpoints.last !== null);
    if (spoil === "broken") checkpoints.isBroken = true;
    else {
      const { progress, learner } = checkpoints.last!;
      const changed = spoil === "another run" ? { run: "another" } : { positions: { A: `${99 * DAY_MS}-0` } };
      checkpoints.last = { learner, progress: { ...progress, ...changed } };
    }
    const again = new FakeLearner();
    await world.train(again, () => again.trained.length === 3);
    assert.equal(again.pushed.length, HISTORY, spoil);
  }
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
