import assert from "node:assert/strict";
import { storedModel } from "../core/testing/stored_model.ts";
import { modelBlobKey } from "../core/contracts/model.ts";
import { silentLog } from "../core/runtime/log.ts";
import {
  fakeModel,
  fakeModelBytes,
  type FakeNetwork,
  openFakeNetwork,
} from "../core/testing/fake_network.ts";
import { World } from "./inference_testing.ts";
import { ModelWatcher } from "./model_watcher.ts";

function watch() {
  const world = new World();
  const opened: FakeNetwork[] = [];
  const refused: [string, string][] = [];
  const watcher = new ModelWatcher({
    models: world.models,
    openModel: (blob) => {
      const net = openFakeNetwork(blob);
      opened.push(net);
      return net;
    },
    log: silentLog,
    onRefused: (version, reason) => refused.push([version, reason]),
  });
  let sequence = 0;
  /** Makes a model current. @param stored What lies under its name instead of its bytes. */
  const adopt = async (blob: Uint8Array, stored?: Uint8Array): Promise<string> => {
    const model = await storedModel(blob);
    const { version } = model.metadata;
    await world.models.put(model);
    if (stored !== undefined) await world.store.setBytes(modelBlobKey(version), stored);
    await world.models.setCurrent({ version, adoptAfterMs: sequence, sequence: ++sequence });
    return version;
  };
  return { world, watcher, opened, refused, adopt };
}
const good = (weight: number) => fakeModel([[weight, 0]], { SPX: 0.01 });

Deno.test("ModelWatcher has no model until one is current, then takes it with its passport", async () => {
  const { watcher, adopt } = watch();
  await watcher.refresh();
  const before: unknown = watcher.model;
  assert.equal(before, null);
  const version = await adopt(good(1));
  await watcher.refresh();
  assert.equal(watcher.model?.version, version);
  assert.deepEqual(watcher.model?.passport, {
    rewardSigma: { SPX: 0.01 },
    days: {},
    confidence: null,
    epsilon: 0,
  });
});

Deno.test("ModelWatcher takes each next version, and closes none that may still be in use", async () => {
  const { watcher, opened, adopt } = watch();
  const versions: string[] = [];
  for (let weight = 1; weight <= 4; weight++) {
    const version = await adopt(good(weight));
    await watcher.refresh();
    await watcher.refresh();
    assert.equal(watcher.model?.version, version);
    assert.equal(watcher.loads, weight);
    versions.push(version);
  }
  assert.deepEqual(opened.map(({ isClosed }) => isClosed), [true, true, false, false]);
  const found = versions.map((version) => watcher.opened(version)?.net ?? null);
  assert.deepEqual(found, [null, null, opened[2], opened[3]], "only what is open can be had by its version");
});

const BROKEN: [string, () => [Uint8Array, Uint8Array?], RegExp][] = [
  ["whose bytes are not those of its hash", () => [good(7), good(8)], /as its bytes must have SHA-256/],
  [
    "of another schema",
    () => [fakeModel([[7, 0]], { SPX: 1 }, "other")],
    /schema hash must be schema: it is other/,
  ],
  ["of broken bytes", () => [new TextEncoder().encode("{{")], /not a model file/],
  ["without a passport", () => [fakeModelBytes({ schemaHash: "schema", weights: [[7]], metadata: {} })], /./],
  ["with a broken passport", () => [fakeModel([[7, 0]], { SPX: -1 })], /rewardSigma/],
];
for (const [what, make, reason] of BROKEN) {
  Deno.test(`ModelWatcher refuses a version ${what} once, serves the old one on, and takes the next`, async () => {
    const { watcher, opened, refused, adopt } = watch();
    const first = await adopt(good(1));
    await watcher.refresh();
    const broken = await adopt(...make());
    for (let poll = 0; poll < 3; poll++) await watcher.refresh();
    assert.deepEqual(refused.map(([version]) => version), [broken]);
    assert.match(refused[0][1], reason);
    assert.equal(watcher.model?.version, first);
    assert.equal(opened[0].isClosed, false);
    assert.ok(opened.slice(1).every(({ isClosed }) => isClosed));
    const next = await adopt(good(2));
    await watcher.refresh();
    assert.equal(watcher.model?.version, next);
    assert.equal(watcher.loads, 2);
  });
}

Deno.test("ModelWatcher tries a different version after a refused one, and refuses that too", async () => {
  const { watcher, refused, adopt } = watch();
  const broken = [await adopt(good(1), good(2)), ""];
  await watcher.refresh();
  broken[1] = await adopt(good(3), good(4));
  await watcher.refresh();
  assert.deepEqual(refused.map(([version]) => version), broken);
  assert.equal(watcher.model, null);
});

Deno.test("ModelWatcher loads a version once for lanes that see it together, and leaves the one before open", async () => {
  const { watcher, opened, adopt } = watch();
  await adopt(good(1));
  await watcher.refresh();
  const version = await adopt(good(2));
  await Promise.all(Array.from({ length: 8 }, async () => {
    await watcher.refresh();
    assert.equal(watcher.model?.version, version);
  }));
  assert.equal(watcher.loads, 2);
  assert.deepEqual(opened.map(({ isClosed }) => isClosed), [false, false]);
});

Deno.test("ModelWatcher.refresh() sees a version that was adopted before the call, also while another call loads", async () => {
  const { watcher, adopt } = watch();
  await adopt(good(1));
  const loading = watcher.refresh();
  const version = await adopt(good(2));
  await watcher.refresh();
  assert.equal(watcher.model?.version, version);
  await loading;
  assert.equal(watcher.model?.version, version);
});
