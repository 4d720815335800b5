import assert from "node:assert/strict";
import { type Bar, barStream } from "../../contracts/bar.ts";
import { type Decision, decisionStream } from "../../contracts/lane.ts";
import { commitOf } from "../../redis/ledger_samples_testing.ts";
import { MemoryKeyspace } from "../../redis/memory_keyspace.ts";
import { MemoryStore } from "../../redis/memory_store.ts";
import { FeatureConfig } from "../feature_config.ts";
import { StateBuilder } from "../state_builder.ts";
import { checkParity } from "./parity_check.ts";

const DAY_MS = 86_400_000;
const FEATURES = [
  {
    name: "move",
    source: "log_return",
    params: { bars: 1 },
    norm: { kind: "rolling_z", window: 20, clip: 5 },
  },
  { name: "rsi", source: "rsi", params: { period: 5 }, norm: { kind: "tanh", centre: 50, scale: 15 } },
].map((feature) => FeatureConfig.parse(feature));

function barAt(index: number): Bar {
  const close = 100 + 5 * Math.sin(index * 1.7) + (index * 7919 % 17) / 10;
  return { openTimeMs: index * DAY_MS, open: close, high: close + 1, low: close - 1, close, volume: 1 };
}

/** A lane of 200 bars, the last 50 of them decided. @param actedOn The state that a decision is said to have acted on. */
async function provedLane(
  actedOn: (index: number, state: Float32Array, before: Float32Array) => Float32Array,
) {
  const store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: () => assert.fail("bad entry"),
  });
  const builder = new StateBuilder(FEATURES);
  let before: Float32Array = new Float32Array(2);
  for (let index = 1; index <= 200; index++) {
    const bar = barAt(index);
    const phase = index <= 150 ? "bootstrap" as const : "live" as const;
    await store.append(barStream("SPX", "1d"), `${bar.openTimeMs}-0`, { phase, bar });
    const state = builder.push(bar);
    if (state === null) continue;
    if (phase === "live") {
      const { decision } = commitOf({
        account: "paper",
        symbol: "SPX",
        barMs: bar.openTimeMs,
        version: 1,
        fence: 1,
        fills: 0,
      });
      const acted: Decision = { ...decision, state: actedOn(index, state, before) };
      await store.append(decisionStream("paper", "SPX"), `${bar.openTimeMs}-0`, acted);
    }
    before = state;
  }
  return await checkParity({
    store,
    account: "paper",
    symbol: "SPX",
    timeframe: "1d",
    builder: new StateBuilder(FEATURES),
  });
}

Deno.test("checkParity() finds that inference acted on what the bars give", async () => {
  assert.deepEqual(await provedLane((_, state) => state), { decisions: 50, differing: 0, first: null });
});

Deno.test("checkParity() finds states that are a bar late, from the first on", async () => {
  const { decisions, differing, first } = await provedLane((_, __, before) => before);
  assert.deepEqual([decisions, differing], [50, 50]);
  assert.deepEqual([first?.symbol, first?.openTimeMs, first?.feature], ["SPX", 151 * DAY_MS, "move"]);
});

Deno.test("checkParity() finds a single bit in a single state, and names the feature", async () => {
  const { differing, first } = await provedLane((index, state) => {
    if (index !== 180) return state;
    const bits = new Uint32Array(state.slice().buffer);
    bits[1]! ^= 1;
    return new Float32Array(bits.buffer);
  });
  assert.deepEqual([differing, first?.openTimeMs, first?.feature], [1, 180 * DAY_MS, "rsi"]);
});
