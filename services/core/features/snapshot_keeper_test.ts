import assert from "node:assert/strict";
import type { Bar } from "../contracts/bar.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import { FeatureConfig } from "./feature_config.ts";
import { SnapshotKeeper } from "./snapshot_keeper.ts";
import { StateBuilder } from "./state_builder.ts";

const FEATURES = [
  { name: "r", source: "log_return", params: { bars: 1 }, norm: { kind: "rolling_z", window: 20, clip: 5 } },
  { name: "m", source: "rsi", params: { period: 5 }, norm: { kind: "tanh", centre: 50, scale: 15 } },
].map((feature) => FeatureConfig.parse(feature));
const DAY = 86_400_000;

function bar(index: number): Bar {
  const close = 100 + 3 * Math.sin(index) + (index * 7919 % 13) / 10;
  return { openTimeMs: index * DAY, open: close, high: close + 1, low: close - 1, close, volume: 5 };
}

function open() {
  const store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: () => assert.fail("bad entry"),
  });
  return { store, keeper: () => new SnapshotKeeper({ store, symbol: "SPX", timeframe: "1d" }) };
}

Deno.test("SnapshotKeeper lets a fresh builder go on with the bits of one that was never interrupted", async () => {
  const { keeper } = open();
  const whole = new StateBuilder(FEATURES);
  const first = keeper();
  for (let index = 1; index <= 600; index++) {
    whole.push(bar(index));
    await first.committed(whole, index * DAY);
  }
  const resumed = new StateBuilder(FEATURES);
  const lastMs = await keeper().restore(resumed, 600 * DAY);
  assert.equal(lastMs, 500 * DAY);
  for (let index = 501; index <= 600; index++) resumed.push(bar(index));
  for (let index = 601; index <= 640; index++) {
    assert.deepEqual(resumed.push(bar(index)), whole.push(bar(index)));
  }
});

Deno.test("SnapshotKeeper.restore() passes over a snapshot of later bars or of other features", async () => {
  const { keeper } = open();
  const whole = new StateBuilder(FEATURES);
  const first = keeper();
  for (let index = 1; index <= 300; index++) {
    whole.push(bar(index));
    await first.committed(whole, index * DAY);
  }
  assert.equal(await keeper().restore(new StateBuilder(FEATURES), 249 * DAY), -1);
  assert.equal(await keeper().restore(new StateBuilder(FEATURES.slice(1)), 300 * DAY), -1);
  assert.equal(await keeper().restore(new StateBuilder(FEATURES), 250 * DAY), 250 * DAY);
});

Deno.test("SnapshotKeeper.caughtUp() keeps what took many bars to get to, and nothing else", async () => {
  const { keeper } = open();
  const whole = new StateBuilder(FEATURES);
  for (let index = 1; index <= 300; index++) whole.push(bar(index));
  await keeper().caughtUp(whole, 200, 300 * DAY);
  assert.equal(await keeper().restore(new StateBuilder(FEATURES), 400 * DAY), -1);
  await keeper().caughtUp(whole, 300, 300 * DAY);
  assert.equal(await keeper().restore(new StateBuilder(FEATURES), 400 * DAY), 300 * DAY);
});
