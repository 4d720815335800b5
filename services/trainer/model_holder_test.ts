import assert from "node:assert/strict";
import { type ModelHold, modelHold, modelHoldAnswer } from "../core/contracts/model_hold.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { silentLog } from "../core/runtime/log.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { ModelHolder } from "./model_holder.ts";

const [ONE, TWO] = ["m-0000000000000001", "m-0000000000000002"];

function parts(refusal: string | null = null) {
  const store = new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
  const done: string[] = [];
  const holder = new ModelHolder({
    store,
    publisher: {
      hold(version) {
        if (version === TWO) return Promise.reject(new Error("it is of another schema"));
        done.push(`hold ${version}`);
        return Promise.resolve({ version, adoptAfterMs: 0, sequence: 1 });
      },
      release: () => void done.push("release"),
    },
    refusal,
    clock: new ManualClock({ jumps: true }),
    log: silentLog,
    onChange: (version) => done.push(`now ${version}`),
  });
  const ask = (revision: number, version: ModelHold["version"]) =>
    store.set(modelHold(), { revision, version, reason: "by hand", atMs: 1 });
  return { store, done, holder, ask, answer: () => store.get(modelHoldAnswer()) };
}

Deno.test("ModelHolder holds and releases what is asked, once, and answers", async () => {
  const { done, holder, ask, answer } = parts();
  await holder.refresh();
  assert.equal(await answer(), null);
  await ask(1, ONE);
  for (let look = 0; look < 3; look++) await holder.refresh();
  assert.deepEqual(await answer(), { revision: 1, version: ONE, refused: null });
  await ask(2, null);
  await holder.refresh();
  assert.deepEqual(await answer(), { revision: 2, version: null, refused: null });
  assert.deepEqual(done, [`hold ${ONE}`, `now ${ONE}`, "release", "now null"]);
});

Deno.test("ModelHolder says why it refuses, and leaves what was held", async () => {
  const { done, holder, ask, answer } = parts();
  await ask(4, TWO);
  await holder.refresh();
  assert.deepEqual(await answer(), { revision: 4, version: TWO, refused: "it is of another schema" });
  assert.deepEqual(done, []);
  const frozen = parts("it serves one version");
  await frozen.ask(1, ONE);
  await frozen.holder.refresh();
  assert.deepEqual(await frozen.answer(), { revision: 1, version: ONE, refused: "it serves one version" });
  assert.deepEqual(frozen.done, []);
});

Deno.test("ModelHolder.run() looks until it is stopped", async () => {
  const { store, holder, ask, answer } = parts();
  const stop = new AbortController();
  await store.setBytes(modelHold().key, new TextEncoder().encode("{"));
  const running = holder.run(stop.signal);
  await ask(1, ONE);
  while (await answer() === null) await new Promise((resolve) => setTimeout(resolve));
  stop.abort();
  await running;
});
