import assert from "node:assert/strict";
import { storedModel } from "../core/testing/stored_model.ts";
import { gateState, shadowStream } from "../core/contracts/model.ts";
import { loadedModel, MODEL_BLOB, STRATEGY } from "../core/lane/lane_testing.ts";
import { silentLog } from "../core/runtime/log.ts";
import { fakeModel, type FakeNetwork, openFakeNetwork } from "../core/testing/fake_network.ts";
import { barAt, DAY_MS, HISTORY, World } from "./inference_testing.ts";
import { ShadowObserver } from "./shadow_observer.ts";
import { ShadowWatch } from "./shadow_watch.ts";

/** Likes the opposite of what the champion likes. */
const CANDIDATE = fakeModel([[-1, -0.5], [1, 0.5], [0, 1]], { SPX: 0.01 });

/** A replica that has seen the history, with a candidate in the shadow after the first live bar. */
async function shadowed(blob = CANDIDATE, schemaHash?: string) {
  const world = new World();
  const opened: FakeNetwork[] = [];
  const watch = new ShadowWatch({
    store: world.store,
    models: world.models,
    openModel: (bytes) => {
      const net = openFakeNetwork(bytes, schemaHash);
      opened.push(net);
      return net;
    },
    log: silentLog,
  });
  const stored = await storedModel(blob, { provisional: true });
  await world.models.put(stored);
  const { version } = stored.metadata;
  const put = (shadow: { version: string; afterMs: number; bars: number } | null) =>
    world.store.set(gateState(), { judgedThroughMs: 1, shadow });
  const shadow = { version, afterMs: (HISTORY + 1) * DAY_MS, bars: 5 };
  await put(shadow);
  const observer = new ShadowObserver({
    symbol: "SPX",
    strategy: STRATEGY,
    confidenceAt: () => 0.5,
    store: world.store,
    watch,
  });
  await world.publish(1, HISTORY, HISTORY);
  const agent = await world.agent(await world.lead(), { shadow: observer });
  await agent.resume();
  const decide = async (from: number, to: number) => {
    const decisions = [];
    for (let t = from; t <= to; t++) {
      decisions.push(await agent.onBar({ phase: "live", bar: barAt(HISTORY + t) }));
    }
    return decisions;
  };
  const written = async () => (await world.store.range(shadowStream("SPX"))).map(({ value }) => value);
  return { world, watch, opened, version, put, decide, written, shadow };
}

Deno.test("ShadowObserver writes what the candidate would do, on the champion's state, and orders nothing", async () => {
  const { watch, decide, written, version } = await shadowed();
  await watch.refresh();
  const plain = await (await shadowed()).decide(1, 8);
  const decisions = await decide(1, 8);
  const essence = (each: typeof decisions) => each.map((decision) => ({ ...decision, latencyMs: 0 }));
  assert.deepEqual(essence(decisions), essence(plain), "the champion decides as it would without");
  const shadows = await written();
  assert.deepEqual(
    shadows.map(({ barMs }) => barMs),
    decisions.slice(1).map((decision) => decision!.barMs),
    "the bars after the one that it was offered on",
  );
  const net = openFakeNetwork(CANDIDATE);
  for (const [index, shadow] of shadows.entries()) {
    const champion = decisions[index + 1]!;
    assert.equal(shadow.version, version);
    assert.deepEqual(shadow.inputs, champion.state);
    const outputs = new Float32Array(3);
    net.forward(champion.state, outputs);
    assert.deepEqual(shadow.outputs, outputs);
    assert.equal(shadow.differs, shadow.choice !== champion.chosen!.label);
  }
  assert.ok(shadows.some(({ differs }) => differs));
});

Deno.test("ShadowObserver decides before there is a champion, and stops when the gate has judged", async () => {
  const { world, watch, put, shadow } = await shadowed();
  await watch.refresh();
  const observer = new ShadowObserver({
    symbol: "SPX",
    strategy: STRATEGY,
    confidenceAt: () => 0.5,
    store: world.store,
    watch,
  });
  const agent = await world.agent(1, { currentModel: () => Promise.resolve(null), shadow: observer });
  for (let t = 1; t <= HISTORY; t++) await agent.onBar({ phase: "bootstrap", bar: barAt(t) });
  await agent.onBar({ phase: "live", bar: barAt(HISTORY + 1) });
  const first = await agent.onBar({ phase: "live", bar: barAt(HISTORY + 2) });
  assert.match(first!.verdict.reason, /^no model has passed the gate yet$/);
  await put(null);
  await watch.refresh();
  await agent.onBar({ phase: "live", bar: barAt(HISTORY + 3) });
  const written = await world.store.range(shadowStream("SPX"));
  assert.deepEqual(written.map(({ value }) => [value.barMs, value.differs]), [[
    shadow.afterMs + DAY_MS,
    true,
  ]]);
});

Deno.test("ShadowObserver tells the gate of a candidate that cannot be opened", async () => {
  const { watch, decide, written } = await shadowed(CANDIDATE, "another");
  await watch.refresh();
  await decide(1, 3);
  assert.deepEqual((await written()).map(({ choice }) => choice), [null, null]);
  assert.match(
    (await written())[0]!.reason,
    /^it cannot be opened: schema hash must be another: it is schema$/,
  );
});

Deno.test("ShadowWatch opens a candidate once, and closes it when two others have followed", async () => {
  const { watch, put, opened, version, shadow } = await shadowed();
  assert.equal(watch.isJudged, false);
  await Promise.all([watch.refresh(), watch.refresh()]);
  assert.deepEqual([watch.isJudged, watch.current?.version, opened.length], [true, version, 1]);
  await put(null);
  await watch.refresh();
  assert.deepEqual([watch.current, opened[0]!.isClosed], [null, false]);
  await put({ ...shadow, afterMs: shadow.afterMs + 1 });
  await watch.refresh();
  assert.deepEqual(opened.map(({ isClosed }) => isClosed), [true, false]);
  assert.notEqual((await loadedModel(MODEL_BLOB)).version, version);
});
