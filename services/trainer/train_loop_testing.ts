/** A trainer's world in memory, and trainers that run in it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { Gate as GateConfig } from "../core/config/gate.ts";
import { loadModelConfig, type ModelConfig } from "../core/config/model_config.ts";
import { type Experience, experienceStream } from "../core/contracts/experience.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { type Ticket, ticketStream } from "../core/contracts/learning.ts";
import { modelEventStream } from "../core/contracts/model.ts";
import { decisionSpaceOf } from "../core/decisions/space_of.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { silentLog } from "../core/runtime/log.ts";
import { openFakeNetwork } from "../core/testing/fake_network.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { type Checkpoint, CheckpointError, type CheckpointStore } from "./checkpoint.ts";
import { Gate } from "./gate/gate.ts";
import { Publisher } from "./publisher.ts";
import { makeTeacher } from "./teacher.ts";
import { TrainLoop, type TrainLoopParts } from "./train_loop.ts";
import { DAY_MS, fakeFit, FakeLearner, FREE, liveStepOf, stepOf } from "./trainer_testing.ts";

export const HISTORY = 30;
/** The count shows in the updates: those of bar n are 4, and 5 from bar 32 on. */
const PACE = {
  bootstrapUpdates: 600,
  updatesAfter: (seen: number) => seen < 31 ? 4 : 5,
  publishEveryBars: 5,
  epsilonAfter: () => 0,
};
/** Training calls of the bootstrap: half of the updates at once, the rest in four steps. */
export const FIRST_CALLS = [250, 50, 75, 75, 75, 75];
const SCHEMA = '{"features":["a","b"]}';
export const RULES = { ...FREE, takerBps: 3, makerBps: 3 };
export const CONFIG = await loadModelConfig(
  fileURLToPath(new URL("../../docs/model_config.yaml", import.meta.url)),
);
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
export class World {
  readonly store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: (bad) => assert.fail(bad.reason),
  });
  readonly models = new RedisModelStore(this.store);
  /** What every trainer here keeps and goes on from; null for none. */
  checkpoints: CheckpointStore | null = null;
  /** What of the gate is configured. */
  gate: z.input<typeof GateConfig> = { level: "integrity" };
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
    const publisher = new Publisher({
      models,
      archive: null,
      store,
      gate: new Gate({
        config: GateConfig.parse(this.gate),
        seed: 1,
        leakage: () => Promise.resolve({ step: "leakage", passed: true, reason: "proven", figures: {} }),
      }),
      openModel: openFakeNetwork,
      schemaHash: "schema",
      schema: SCHEMA,
      strategy: "test",
      clock,
      log,
    });
    const champions = {
      timeline: publisher.timeline,
      openModel: async (version: string) => openFakeNetwork((await models.get(version)).blob),
    };
    const loop = new TrainLoop({
      learner,
      isCounterfactual: config.learner.counterfactual,
      makeTeacher: (sigma) =>
        makeTeacher({ config, space, rulesOf: () => RULES, learner, seed: 1, champions }, sigma),
      replayCapacity: config.learner.replay_capacity,
      fitConfidence: fakeFit,
      horizon: 8,
      days: {},
      goldenPoints: [],
      publisher,
      checkpoints: this.checkpoints,
      schema: SCHEMA,
      warmStart: null,
      store,
      feed: feed(this.symbols, this.lockstep),
      account: "paper",
      pace: PACE,
      clock,
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

/** A checkpoint in memory, that can be made unreadable. */
export class MemoryCheckpoint implements CheckpointStore {
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

/** A first version and two barriers; more experience comes after each. @returns The learners that ran. */
export async function lockstepRun(
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
