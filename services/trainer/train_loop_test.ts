import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadModelConfig, type ModelConfig } from "../core/config/model_config.ts";
import type { Experience } from "../core/contracts/experience.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { learningStream, rewardStream, type Ticket, ticketStream } from "../core/contracts/learning.ts";
import { modelEventStream, modelMetadata, ModelPassport } from "../core/contracts/model.ts";
import { decisionSpaceOf } from "../core/decisions/space_of.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { silentLog } from "../core/runtime/log.ts";
import { openFakeNetwork } from "../core/testing/fake_network.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { type Checkpoint, CheckpointError, type CheckpointStore } from "./checkpoint.ts";
import { Publisher } from "./publisher.ts";
import { makeTeacher } from "./teacher.ts";
import { TrainLoop, type TrainLoopParts } from "./train_loop.ts";
import { DAY_MS, fakeFit, FakeLearner, FREE, liveStepOf, stepOf } from "./trainer_testing.ts";

const HISTORY = 30;
/** The count shows in the updates: those of bar n are 4, and 5 from bar 32 on. */
const PACE = {
  bootstrapUpdates: 600,
  updatesAfter: (seen: number) => seen < 31 ? 4 : 5,
  publishEveryBars: 5,
  epsilonAfter: () => 0,
};
/** Training calls of the bootstrap: two halves of the updates. */
const FIRST_CALLS = [250, 50, 250, 50];
const SCHEMA = '{"features":["a","b"]}';
const RULES = { ...FREE, feeBps: 3 };
const CONFIG = await loadModelConfig(fileURLToPath(new URL("../../docs/model_config.yaml", import.meta.url)));
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
  /** What people were told. */
  readonly notices: string[] = [];

  constructor(
    readonly symbols: string[],
    readonly lockstep: boolean,
    readonly changes: Partial<TrainLoopParts> = {},
    readonly config: ModelConfig = CONFIG,
  ) {}

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
    const { store, models, config } = this;
    const space = decisionSpaceOf(config, RULES);
    const clock = new ManualClock();
    const log = silentLog;
    const loop = new TrainLoop({
      learner,
      isCounterfactual: config.learner.counterfactual,
      makeTeacher: (sigma) => makeTeacher({ config, space, rules: RULES, learner, seed: 1 }, sigma),
      fitConfidence: fakeFit,
      horizon: 8,
      goldenPoints: [],
      publisher: new Publisher({
        models,
        archive: null,
        store,
        openModel: openFakeNetwork,
        schemaHash: "schema",
        schema: SCHEMA,
        strategy: "test",
        clock,
        log,
      }),
      checkpoints: this.checkpoints,
      schema: SCHEMA,
      warmStart: null,
      store,
      feed: feed(this.symbols, this.lockstep),
      account: "paper",
      pace: PACE,
      log,
      onProgress: () => {},
      onNotice: (text) => this.notices.push(text),
      ...this.changes,
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
  assert.deepEqual(learner.trained.map(({ updates }) => updates), FIRST_CALLS);
  assert.deepEqual(
    learner.trained.map(({ steps }) => steps),
    [48, 48, 60, 60],
    "the last fifth is held back",
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
  assert.deepEqual(learner.trained.slice(4), [{ updates: 4 + 5, steps: 63 }]);
});

/** A first version and two barriers; more experience comes after each. @returns The learners that ran. */
async function lockstepRun(
  world: World,
  isKilledBetween: boolean,
  history = HISTORY,
): Promise<FakeLearner[]> {
  const live = (...days: number[]) => world.experience(...days.map((day) => liveStepOf("A", history + day)));
  const barrier = (day: number) => world.ticket("barrier", history + day);
  await world.history(history);
  await world.ticket("bootstrap", history + 1);
  const stages = [
    { adoptedAfter: history + 1, then: () => live(1, 2, 3).then(() => barrier(5)) },
    { adoptedAfter: history + 5, then: () => live(4, 5, 6).then(() => barrier(8)) },
    { adoptedAfter: history + 8, then: () => live(7, 8) },
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
    await world.train(learner, () => learner.trained.length === 5);
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
  assert.deepEqual(shown.map(({ value }) => value.updates), [250, 300, 550, 600]);
  assert.deepEqual(shown.map(({ value }) => value.updatesPerSecond), [500, 100, 500, 100]);
});

Deno.test("TrainLoop goes on when every batch of a call was skipped, whose figures are not numbers", async () => {
  const world = new World(["A"], true);
  await world.history();
  await world.ticket("bootstrap", 31);
  const learner = new FakeLearner();
  learner.reports.push({}, {}, {}, { skipped: 50, loss: NaN, meanAbsTd: NaN, meanValue: NaN, gradNorm: NaN });
  await world.train(learner, () => world.adoptedAfter(31));
  assert.equal((await world.store.range(learningStream())).length, 3);
  assert.deepEqual((await world.models.get((await world.models.current())!.version)).metadata.metrics, {
    loss: 0.5,
    meanAbsTd: 0.1,
    meanValue: 0.2,
    judgedPairs: 5,
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
    return learner.pushed.length === 42 && learner.trained.length === 4 + 12;
  });
  assert.deepEqual(
    learnedDays(learner).map(([at]) => at),
    Array.from({ length: 42 }, (_, index) => index + 1),
  );
  const events = await world.store.range(modelEventStream());
  assert.deepEqual(events.map(({ value }) => value.adoptAfterMs / DAY_MS), [31, 35, 40]);
  assert.deepEqual(
    learner.trained.slice(4).map(({ updates }) => updates),
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
  readonly name = "memory";
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
  assert.deepEqual(published.map(({ confidence }) => confidence?.fittedOn), [202, 205, 208]);
  assert.deepEqual(published.map(({ metrics }) => [metrics.ece, metrics.judgedPairs]), [
    [0.05, 202],
    [0.05, 205],
    [0.05, 208],
  ]);
  await lockstepRun(killed, true, 1_010);
  assert.deepEqual(await killed.versions(), await steady.versions());
  await lockstepRun(few, false, 900);
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
      const teacher = makeTeacher({ config: CONFIG, space, rules, learner, seed: 1 }, sigma);
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
  assert.deepEqual(seen, [25, 26, 27, 28, 29, 30, 31]);
});

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
    "another learner": /^Cannot resume from memory: seed must be 1: it is 2\. Everything/,
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
      again.restore = () => Promise.reject(new Error("seed must be 1: it is 2"));
    } else {
      const { progress, learner } = checkpoints.last!;
      const changes = {
        "another run": { run: "another" },
        "another network": { schema: '{"features":["a","x"]}' },
        "a stream that lost its end": { positions: { A: `${99 * DAY_MS}-0` } },
      }[spoil];
      checkpoints.last = { learner, progress: { ...progress, ...changes } };
    }
    await world.train(again, () => again.trained.length === 4);
    assert.equal(again.pushed.length, HISTORY, spoil);
    assert.equal(world.notices.length, 1, spoil);
    assert.match(world.notices[0], reason);
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
