import assert from "node:assert/strict";
import type { z } from "zod";
import { Gate as GateConfig } from "../core/config/gate.ts";
import { gateState, modelEventStream } from "../core/contracts/model.ts";
import { contentAddress, type ModelStore, ModelStoreError } from "../core/model/model_store.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { silentLog } from "../core/runtime/log.ts";
import { fakeModel, openFakeNetwork } from "../core/testing/fake_network.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { Gate } from "./gate/gate.ts";
import { modelNotes } from "./model_notes.ts";
import { type Provenance, Publisher } from "./publisher.ts";
import { FakeLearner } from "./trainer_testing.ts";

const PASSPORT = { rewardSigma: { SPX: 0.01 }, confidence: null, epsilon: 0, days: {} };
const memoryStore = () => new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });

function parts(
  models?: (real: ModelStore) => ModelStore,
  gate: z.input<typeof GateConfig> = { level: "integrity" },
) {
  const store = memoryStore();
  const real = new RedisModelStore(store);
  const archive = new RedisModelStore(memoryStore());
  const learner = new FakeLearner();
  const publisher = new Publisher({
    models: models?.(real) ?? real,
    archive,
    store,
    gate: new Gate({
      config: GateConfig.parse(gate),
      seed: 1,
      leakage: () => Promise.resolve({ step: "leakage", passed: true, reason: "proven", figures: {} }),
    }),
    openModel: openFakeNetwork,
    schemaHash: "schema",
    schema: '{"features":[]}',
    strategy: "test",
    feed: "test",
    clock: new ManualClock({ startMs: 777 }),
    log: silentLog,
  });
  /** Learns something, so that the next version is another one. */
  const learn = async () => {
    await learner.train(10);
  };
  const events = async () =>
    (await store.range(modelEventStream())).map(({ id, value }) => ({ id, ...value }));
  return { store, models: real, archive, learner, publisher, learn, events };
}

function provenance(learner: FakeLearner, changes: Partial<Provenance> = {}): Provenance {
  return {
    passport: PASSPORT,
    updates: learner.updates,
    experiences: 3,
    liveExperiences: 1,
    learnedThroughMs: 900,
    metrics: { loss: 0.5 },
    golden: { states: Float32Array.of(1, 2, 3, 4), points: [] },
    track: new Map(),
    ...changes,
  };
}
/** What the gate refuses. */
const refused = { golden: { states: Float32Array.of(NaN, 1), points: [] } };

Deno.test("Publisher.publish() stores, archives, announces and adopts what passes the gate", async () => {
  const { models, archive, learner, publisher, events } = parts();
  const current = await publisher.publish(learner, 1_000, provenance(learner));
  assert.deepEqual(current, { version: current!.version, adoptAfterMs: 1_000, sequence: 1 });
  assert.deepEqual(await models.current(), current);
  for (const store of [models, archive]) {
    const { blob, metadata } = await store.get(current!.version);
    assert.equal((await contentAddress(blob)).version, current!.version);
    assert.equal(metadata.bytes, blob.length);
    const { parent, createdMs, updates, experiences, liveExperiences, learnedThroughMs, schemaHash } =
      metadata;
    assert.deepEqual({
      parent,
      createdMs,
      updates,
      experiences,
      liveExperiences,
      learnedThroughMs,
      schemaHash,
    }, {
      parent: null,
      createdMs: 777,
      updates: 0,
      experiences: 3,
      liveExperiences: 1,
      learnedThroughMs: 900,
      schemaHash: "schema",
    });
    assert.ok(metadata.gate.every(({ passed }) => passed));
    const net = openFakeNetwork(blob);
    assert.deepEqual(JSON.parse(JSON.parse(net.metadata).passport), PASSPORT);
    assert.equal(JSON.parse(net.metadata).schema, '{"features":[]}');
  }
  const [event] = await events();
  assert.deepEqual([event.version, event.outcome, event.adoptAfterMs], [current!.version, "adopted", 1_000]);
});

Deno.test("Publisher.publish() names the champion as the parent of the next version", async () => {
  const { models, learner, publisher, learn } = parts();
  const first = await publisher.publish(learner, 1_000, provenance(learner));
  await learn();
  const second = await publisher.publish(learner, 2_000, provenance(learner));
  assert.notEqual(second!.version, first!.version);
  assert.equal(second!.sequence, 2);
  assert.equal((await models.get(second!.version)).metadata.parent, first!.version);
});

Deno.test("Publisher.publish() keeps the champion over a refused candidate, and says that the bar is judged", async () => {
  const { models, archive, learner, publisher, learn, events, store } = parts();
  const champion = await publisher.publish(learner, 1_000, provenance(learner));
  await learn();
  const current = await publisher.publish(learner, 2_000, provenance(learner, refused));
  assert.deepEqual(current, champion);
  assert.deepEqual(await models.current(), current);
  assert.deepEqual(await store.get(gateState()), { judgedThroughMs: 2_000, shadow: null });
  const { version } = await contentAddress(
    learner.exportModel(modelNotes('{"features":[]}', PASSPORT)),
  );
  assert.equal(await models.has(version), false);
  assert.equal(await archive.has(version), false);
  const event = (await events())[1];
  assert.deepEqual([event.version, event.outcome], [version, "refused"]);
  assert.match(event.gate[0].reason, /not finite/);
});

Deno.test("Publisher.publish() adopts nothing if the first candidate is refused", async () => {
  const { models, learner, publisher, events } = parts();
  assert.equal(await publisher.publish(learner, 1_000, provenance(learner, refused)), null);
  assert.equal(await models.current(), null);
  assert.deepEqual((await events()).map(({ outcome }) => outcome), ["refused"]);
});

Deno.test("Publisher.publish() does nothing for a bar whose version was adopted: a restarted trainer repeats it", async () => {
  const { models, learner, publisher, learn, events } = parts();
  await publisher.publish(learner, 1_000, provenance(learner));
  await learn();
  const champion = await publisher.publish(learner, 2_000, provenance(learner));
  const other = new FakeLearner();
  for (const barMs of [1_000, 2_000]) {
    assert.deepEqual(await publisher.publish(other, barMs, provenance(other)), champion);
  }
  assert.deepEqual(await models.current(), champion);
  assert.equal((await events()).length, 2);
});

Deno.test("Publisher.publish() completes what a kill left half done, without a second event", async () => {
  for (const killedAt of ["put", "setCurrent"] as const) {
    let alive = false;
    const { models, learner, publisher, events } = parts((real) =>
      new Proxy(real, {
        get(target, name) {
          const method = Reflect.get(target, name).bind(target);
          return name === killedAt && !alive ? () => Promise.reject(new Error("killed")) : method;
        },
      })
    );
    await assert.rejects(publisher.publish(learner, 1_000, provenance(learner)), /killed/);
    assert.equal(await models.current(), null);
    alive = true;
    const current = await publisher.publish(learner, 1_000, provenance(learner));
    assert.deepEqual(await models.current(), current);
    assert.ok(await models.has(current!.version));
    assert.equal((await events()).length, 1);
  }
});

/** Lets the gate's state not be written, until the trainer is alive again. */
function killAtGate(store: MemoryStore): { revive: () => void } {
  const set = store.set.bind(store);
  store.set = (document, value) =>
    document.key === gateState().key ? Promise.reject(new Error("killed")) : set(document, value);
  return { revive: () => store.set = set };
}

Deno.test("Publisher.publish() counts one move for a version that was taken up before a kill", async () => {
  const { store, models, learner, publisher, events } = parts();
  const { revive } = killAtGate(store);
  await assert.rejects(publisher.publish(learner, 1_000, provenance(learner)), /killed/);
  assert.equal((await models.current())?.sequence, 1);
  revive();
  assert.equal((await publisher.publish(learner, 1_000, provenance(learner)))?.sequence, 1);
  assert.equal((await events()).length, 1);
  assert.deepEqual(await store.get(gateState()), { judgedThroughMs: 1_000, shadow: null });
});

/** A model in the archive alone. */
async function archived(archive: ModelStore, blob: Uint8Array): Promise<string> {
  const source = parts();
  await source.publisher.publish(source.learner, 1_000, provenance(source.learner));
  const { metadata } = await source.models.get((await source.models.current())!.version);
  const address = await contentAddress(blob);
  await archive.put({ metadata: { ...metadata, ...address, bytes: blob.length }, blob });
  return address.version;
}

Deno.test("Publisher.adoptStored() takes a version from the archive and serves it from now on", async () => {
  const { models, archive, publisher } = parts();
  const version = await archived(archive, fakeModel([[1, 2]]));
  assert.deepEqual(await publisher.adoptStored(version), { version, adoptAfterMs: 0, sequence: 1 });
  assert.equal((await models.get(version)).metadata.version, version);
  assert.deepEqual(await publisher.adoptStored(version), { version, adoptAfterMs: 0, sequence: 1 });
});

Deno.test("Publisher.adoptStored() completes what a kill left half done, without a second event or move", async () => {
  for (const killedAt of ["the pointer", "the gate"] as const) {
    let alive = false;
    const { store, models, archive, publisher, events } = parts((real) =>
      new Proxy(real, {
        get(target, name) {
          const method = Reflect.get(target, name).bind(target);
          const isKilled = killedAt === "the pointer" && name === "setCurrent" && !alive;
          return isKilled ? () => Promise.reject(new Error("killed")) : method;
        },
      })
    );
    const { revive } = killAtGate(store);
    if (killedAt === "the pointer") revive();
    const version = await archived(archive, fakeModel([[1], [2], [3]], { SPX: 0.01 }));
    await assert.rejects(publisher.adoptStored(version), /killed/);
    alive = true;
    revive();
    assert.equal((await publisher.adoptStored(version)).sequence, 1);
    assert.equal((await models.current())?.version, version);
    assert.equal((await events()).length, 1, killedAt);
    assert.deepEqual(await store.get(gateState()), { judgedThroughMs: 0, shadow: null });
  }
});

Deno.test("Publisher.adoptStored() refuses a version that is nowhere, or of another schema, and adopts nothing", async () => {
  const { models, archive, publisher } = parts();
  await assert.rejects(publisher.adoptStored("m-0000000000000000"), ModelStoreError);
  const version = await archived(archive, fakeModel([[1, 2]], {}, "another"));
  await assert.rejects(publisher.adoptStored(version), /schema hash must be schema: it is another/);
  assert.equal(await models.current(), null);
});

Deno.test("Publisher.hold() serves a version and lets no candidate take over, until release()", async () => {
  const { models, learner, publisher, learn, events, store } = parts();
  const first = (await publisher.publish(learner, 1_000, provenance(learner)))!;
  await learn();
  const second = (await publisher.publish(learner, 2_000, provenance(learner)))!;
  const held = { version: first.version, adoptAfterMs: 2_000, sequence: 3 };
  assert.deepEqual(await publisher.hold(first.version), held);
  await learn();
  const kept = await publisher.publish(learner, 3_000, provenance(learner));
  assert.deepEqual(kept, held);
  assert.deepEqual(await models.current(), kept);
  assert.equal((await store.get(gateState()))?.judgedThroughMs, 3_000, "so that lockstep goes on");
  const candidate = (await events()).at(-1)!;
  assert.equal(candidate.outcome, "held");
  assert.ok(candidate.gate.every(({ passed }) => passed));
  assert.ok(await models.has(candidate.version), "it is stored, and may be promoted");
  publisher.release();
  await learn();
  const next = await publisher.publish(learner, 4_000, provenance(learner));
  assert.ok(![first.version, second.version, candidate.version].includes(next!.version));
});

Deno.test("Publisher.hold() of what cannot be served changes nothing", async () => {
  const { models, archive, learner, publisher, learn } = parts();
  const first = await publisher.publish(learner, 1_000, provenance(learner));
  await assert.rejects(publisher.hold("m-0000000000000000"), ModelStoreError);
  const other = await archived(archive, fakeModel([[1, 2]], {}, "another"));
  await assert.rejects(publisher.hold(other), /schema hash must be schema/);
  assert.deepEqual(await models.current(), first);
  await learn();
  const second = await publisher.publish(learner, 2_000, provenance(learner));
  assert.notEqual(second!.version, first!.version);
});

Deno.test("Publisher changes what serves one after the other: a hold that comes while a candidate is offered wins", async () => {
  const { models, learner, publisher, learn } = parts();
  const first = (await publisher.publish(learner, 1_000, provenance(learner)))!;
  for (let turn = 2; turn < 10; turn++) {
    await learn();
    const offered = publisher.publish(learner, turn * 1_000, provenance(learner));
    const held = await publisher.hold(first.version);
    assert.deepEqual(await models.current(), held);
    assert.equal((await offered)!.sequence + 1, held.sequence);
    publisher.release();
  }
});
