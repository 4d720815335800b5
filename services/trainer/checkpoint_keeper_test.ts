import assert from "node:assert/strict";
import { learnedThrough } from "../core/contracts/learning.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import type { Checkpoint, LearningProgress } from "./checkpoint.ts";
import { CheckpointKeeper } from "./checkpoint_keeper.ts";

const PROGRESS: LearningProgress = {
  run: "paper|sp500",
  schema: "{}",
  ticket: "31-0",
  positions: { SPX: "29-0" },
  sigma: { SPX: 0.0126 },
  experiences: 29,
  liveExperiences: 0,
  bars: 29,
  unpublishedBars: 3,
  learnedThroughMs: 29,
  metrics: { loss: 0.4, meanAbsTd: 0.3, meanValue: -0.1 },
  goldenStates: [],
  track: {},
  pairs: { judged: [], lanes: {} },
};

/** A keeper whose checkpoints take so long. */
function keeperOf(checkpointMs: number) {
  const clock = new ManualClock();
  const store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: () => assert.fail("bad entry"),
  });
  const written: Checkpoint[] = [];
  const keeper = new CheckpointKeeper({
    checkpoints: {
      name: "slow",
      read: () => Promise.resolve(null),
      write: (checkpoint) => {
        clock.advance(checkpointMs);
        written.push(checkpoint);
        return Promise.resolve();
      },
    },
    learner: { checkpoint: () => Promise.resolve(Uint8Array.of(7)) },
    ...{ store, account: "paper", clock },
  });
  return { clock, store, written, keeper };
}

Deno.test("CheckpointKeeper.keep() writes the checkpoint, and says then how far it reaches", async () => {
  const { store, written, keeper } = keeperOf(5);
  await keeper.keep(PROGRESS);
  assert.deepEqual(written, [{ learner: Uint8Array.of(7), progress: PROGRESS }]);
  assert.deepEqual(await store.get(learnedThrough("paper")), { SPX: "29-0" });
});

Deno.test("CheckpointKeeper.isDueAtRest once much was learned since the last checkpoint, never again before", async () => {
  const { clock, keeper } = keeperOf(5);
  keeper.learned(249);
  assert.equal(keeper.isDueAtRest, false);
  keeper.learned(1);
  assert.equal(keeper.isDueAtRest, true);
  await keeper.keep(PROGRESS);
  clock.advance(3_600_000);
  assert.equal(keeper.isDueAtRest, false);
});

Deno.test("CheckpointKeeper.isDueAtRest no more than a tenth of the time, however much is learned", async () => {
  const { clock, keeper } = keeperOf(3_000);
  await keeper.keep(PROGRESS);
  keeper.learned(10_000);
  clock.advance(29_999);
  assert.equal(keeper.isDueAtRest, false);
  clock.advance(1);
  assert.equal(keeper.isDueAtRest, true);
});
