import assert from "node:assert/strict";
import { learnedThrough } from "../core/contracts/learning.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CheckpointKeeper } from "./checkpoint_keeper.ts";
import { LEARNED } from "./trainer_testing.ts";

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
  await keeper.keep(LEARNED);
  assert.deepEqual(written, [{ learner: Uint8Array.of(7), progress: LEARNED }]);
  assert.deepEqual(await store.get(learnedThrough("paper")), { SPX: "29-0" });
});

Deno.test("CheckpointKeeper.isDueAtRest once much was learned since the last checkpoint, never again before", async () => {
  const { clock, keeper } = keeperOf(5);
  keeper.learned(249);
  assert.equal(keeper.isDueAtRest, false);
  keeper.learned(1);
  assert.equal(keeper.isDueAtRest, true);
  await keeper.keep(LEARNED);
  clock.advance(3_600_000);
  assert.equal(keeper.isDueAtRest, false);
});

Deno.test("CheckpointKeeper.isDueAtRest no more than a tenth of the time, however much is learned", async () => {
  const { clock, keeper } = keeperOf(3_000);
  await keeper.keep(LEARNED);
  keeper.learned(10_000);
  clock.advance(29_999);
  assert.equal(keeper.isDueAtRest, false);
  clock.advance(1);
  assert.equal(keeper.isDueAtRest, true);
});
