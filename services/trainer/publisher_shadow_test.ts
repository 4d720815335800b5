import assert from "node:assert/strict";
import { Gate as GateConfig } from "../core/config/gate.ts";
import { gateState, modelEventStream, type ShadowDecision, shadowStream } from "../core/contracts/model.ts";
import type { ModelStore } from "../core/model/model_store.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { silentLog } from "../core/runtime/log.ts";
import { openFakeNetwork } from "../core/testing/fake_network.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import type { Evidence } from "./gate/evidence_step.ts";
import { Gate } from "./gate/gate.ts";
import { policyOf, trackOf, walk } from "./gate/gate_testing.ts";
import { type Provenance, Publisher } from "./publisher.ts";
import { FakeLearner, FREE } from "./trainer_testing.ts";

const memoryStore = () => new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
const BARS = 3;
const PROVEN = { step: "leakage" as const, passed: true, reason: "proven", figures: {} };

/** Good enough for anybody. */
const track = trackOf(policyOf(() => "long"), () => null, FREE);
for (const step of walk(Array.from({ length: 80 }, (_, day) => day % 2 === 0 ? 0.02 : -0.01))) {
  await track.see(step);
}
const GOOD: Evidence["rows"] = track.rows;

function parts(models?: (real: ModelStore) => ModelStore) {
  const store = memoryStore();
  const real = new RedisModelStore(store);
  const archive = new RedisModelStore(memoryStore());
  const learner = new FakeLearner();
  const config = GateConfig.parse({ shadow_bars: BARS, evidence_bars: 60 });
  const make = () =>
    new Publisher({
      models: models?.(real) ?? real,
      archive,
      store,
      gate: new Gate({ config, seed: 1, leakage: () => Promise.resolve(PROVEN) }),
      openModel: openFakeNetwork,
      schemaHash: "schema",
      schema: "{}",
      strategy: "test",
      feed: "test",
      clock: new ManualClock({ startMs: 777 }),
      log: silentLog,
    });
  /** Decides bars in the shadow as a replica would. */
  const decide = async (from: number, to: number, changes: Partial<ShadowDecision> = {}) => {
    const { version } = (await store.get(gateState()))!.shadow!;
    const net = openFakeNetwork((await real.get(version)).blob);
    for (let barMs = from; barMs <= to; barMs++) {
      const [inputs, outputs] = [Float32Array.of(barMs, 1), new Float32Array(3)];
      net.forward(inputs, outputs);
      const decision = {
        symbol: "X",
        barMs,
        version,
        choice: "long",
        reason: "",
        differs: true,
        inputs,
        outputs,
      };
      await store.append(shadowStream("X"), `${barMs}-0`, { ...decision, ...changes });
    }
  };
  const outcomes = async () =>
    (await store.range(modelEventStream())).map(({ id, value }) => [id, value.outcome, value.gate.length]);
  return { store, models: real, archive, learner, publisher: make(), make, decide, outcomes };
}

function provenance(learner: FakeLearner, changes: Partial<Provenance> = {}): Provenance {
  return {
    passport: { rewardSigma: { X: 0.01 }, confidence: null, epsilon: 0, days: {} },
    updates: learner.updates,
    experiences: 3,
    liveExperiences: 1,
    learnedThroughMs: 900,
    metrics: {},
    golden: { states: Float32Array.of(1, 2, 3, 4), points: [] },
    track: GOOD,
    ...changes,
  };
}

Deno.test("Publisher lets a candidate decide without orders first, and adopts it after its last bar in the shadow", async () => {
  const { store, models, archive, learner, publisher, decide, outcomes } = parts();
  assert.equal(await publisher.publish(learner, 100, provenance(learner)), null);
  const { judgedThroughMs, shadow } = (await store.get(gateState()))!;
  assert.deepEqual([judgedThroughMs, shadow!.afterMs, shadow!.bars], [100, 100, BARS]);
  await decide(101, 102);
  assert.equal(await publisher.judgeShadow(["X"]), null, "a bar is missing");
  await decide(103, 105);
  const current = (await publisher.judgeShadow(["X"]))!;
  assert.deepEqual(current, { version: shadow!.version, adoptAfterMs: 103, sequence: 1 });
  assert.deepEqual(await models.current(), current);
  assert.deepEqual(await store.get(gateState()), { judgedThroughMs: 103, shadow: null });
  assert.deepEqual(await outcomes(), [["100-0", "shadow", 3], ["103-0", "adopted", 4]]);
  const { metadata } = await archive.get(current.version);
  assert.deepEqual(metadata.gate.map(({ step }) => step), ["integrity", "leakage", "evidence", "shadow"]);
  assert.ok(metadata.provisional, "there was no champion to beat");
});

Deno.test("Publisher leaves the champion in place over a candidate that fails in the shadow", async () => {
  const { models, archive, learner, publisher, decide, outcomes, store } = parts();
  await publisher.publish(learner, 100, provenance(learner));
  await decide(101, 103);
  const champion = (await publisher.judgeShadow(["X"]))!;
  await learner.train(10);
  const better = new Map([[
    "X",
    GOOD.get("X")!.map((row) => ({ ...row, champion: row.own - 0.001, championDoubled: 0 })),
  ]]);
  await publisher.publish(learner, 200, provenance(learner, { track: better }));
  const { version } = (await store.get(gateState()))!.shadow!;
  await decide(201, 203, { outputs: Float32Array.of(NaN, 0, 0) });
  assert.deepEqual(await publisher.judgeShadow(["X"]), champion);
  assert.deepEqual(await models.current(), champion);
  assert.equal(await archive.has(version), false);
  assert.deepEqual((await outcomes()).slice(2), [["200-0", "shadow", 3], ["203-0", "refused", 4]]);
});

Deno.test("Publisher offers nothing while a candidate is in the shadow, and says that the bar is judged", async () => {
  const { learner, publisher, outcomes, store } = parts();
  await publisher.publish(learner, 100, provenance(learner));
  await learner.train(10);
  const before = (await store.get(gateState()))!.shadow;
  await publisher.publish(learner, 102, provenance(learner));
  assert.deepEqual(await store.get(gateState()), { judgedThroughMs: 102, shadow: before });
  assert.equal((await outcomes()).length, 1);
});

Deno.test("Publisher.judgeShadow() completes what a kill left half done, and a new one knows the champion", async () => {
  let alive = false;
  const { learner, publisher, make, decide, outcomes, models } = parts((real) =>
    new Proxy(real, {
      get(target, name) {
        const method = Reflect.get(target, name).bind(target);
        return name === "setCurrent" && !alive ? () => Promise.reject(new Error("killed")) : method;
      },
    })
  );
  await publisher.publish(learner, 100, provenance(learner));
  await decide(101, 103);
  await assert.rejects(publisher.judgeShadow(["X"]), /killed/);
  alive = true;
  const again = make();
  await again.resume();
  const current = (await again.judgeShadow(["X"]))!;
  assert.equal(current.adoptAfterMs, 103);
  assert.deepEqual(await models.current(), current);
  assert.deepEqual(await outcomes(), [["100-0", "shadow", 3], ["103-0", "adopted", 4]]);
  const later = make();
  await later.resume();
  assert.deepEqual([103, 104].map((barMs) => later.timeline.at(barMs)), [null, current.version]);
});

Deno.test("Publisher puts no candidate into the shadow, nor lets one out of it, while a version is held", async () => {
  const { models, learner, publisher, decide, outcomes, store } = parts();
  await publisher.publish(learner, 100, provenance(learner));
  await decide(101, 103);
  const champion = (await publisher.judgeShadow(["X"]))!;
  const better = new Map([[
    "X",
    GOOD.get("X")!.map((row) => ({ ...row, champion: row.own - 0.001, championDoubled: 0 })),
  ]]);
  await learner.train(10);
  await publisher.publish(learner, 200, provenance(learner, { track: better }));
  await publisher.hold(champion.version);
  await decide(201, 203);
  assert.deepEqual(await publisher.judgeShadow(["X"]), champion);
  await learner.train(10);
  await publisher.publish(learner, 300, provenance(learner, { track: better }));
  assert.deepEqual(await store.get(gateState()), { judgedThroughMs: 300, shadow: null });
  assert.deepEqual(await models.current(), champion);
  assert.deepEqual((await outcomes()).slice(2).map(([id, outcome]) => [id, outcome]), [
    ["200-0", "shadow"],
    ["203-0", "held"],
    ["300-0", "held"],
  ]);
});

Deno.test("Publisher serves the version before again where the champion has fallen too far, and says why", async () => {
  const { models, learner, publisher, decide, outcomes, store } = parts();
  const row = GOOD.get("X")!;
  const better = new Map([[
    "X",
    row.map((each) => ({ ...each, champion: each.own - 0.001, championDoubled: 0 })),
  ]]);
  await publisher.publish(learner, 100, provenance(learner));
  await decide(101, 103);
  const first = (await publisher.judgeShadow(["X"]))!;
  await learner.train(10);
  await publisher.publish(learner, 200, provenance(learner, { track: better }));
  await decide(201, 203);
  const second = (await publisher.judgeShadow(["X"]))!;
  assert.notEqual(second.version, first.version);
  const fallen = new Map([["X", row.map((each) => ({ ...each, champion: -0.02 }))]]);
  const current = await publisher.publish(learner, 300, provenance(learner, { track: fallen }));
  assert.deepEqual(current, { version: first.version, adoptAfterMs: 300, sequence: 3 });
  assert.deepEqual(await models.current(), current);
  assert.deepEqual((await outcomes()).at(-1), ["300-0", "adopted", 1]);
  const [{ value }] = await store.newest(modelEventStream(), 1);
  assert.match(value.gate[0]!.reason, /^the version after it fell 80 % below its peak, and may fall 50 %$/);
  assert.deepEqual([300, 301].map((barMs) => publisher.timeline.at(barMs)), [second.version, first.version]);
  const fate = await publisher.publish(learner, 400, provenance(learner, { track: fallen }));
  assert.equal(fate!.version, first.version, "nothing came before the first one");
});
