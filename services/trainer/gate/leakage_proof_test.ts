import assert from "node:assert/strict";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { barStream } from "../../core/contracts/bar.ts";
import { experienceStream } from "../../core/contracts/experience.ts";
import { FeatureConfig } from "../../core/features/feature_config.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { sp500Bars } from "../../core/features/testdata/sp500.ts";
import { ExperiencePairing } from "../../core/market/experience_pairing.ts";
import { MemoryStore } from "../../core/redis/memory_store.ts";
import { MemoryKeyspace } from "../../core/redis/memory_keyspace.ts";
import { leakageProof } from "./leakage_proof.ts";

const WARM_UP = 2_000;
const FEATURES = [FeatureConfig.parse({ name: "gap", source: "gap", norm: { kind: "none" } })];
const DELIVERED = await loadModelConfig("docs/model_config.yaml");
const CONFIG = { ...DELIVERED, data: { ...DELIVERED.data, warmup_bars: WARM_UP }, features: FEATURES };
const PARTS = {
  account: "paper",
  feed: { symbols: ["SPX"], timeframe: "1d" },
  config: CONFIG,
  instruments: [],
};

/** A run whose history is so long. @param shift Added to every feature that was learned from. */
async function runOf(count: number, shift = 0): Promise<MemoryStore> {
  const store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: () => assert.fail("bad entry"),
  });
  const builder = new StateBuilder(FEATURES, WARM_UP);
  const pairing = new ExperiencePairing({ account: "paper", symbol: "SPX" });
  const bars = sp500Bars().slice(0, count);
  const steps = bars.flatMap((bar) => {
    const state = builder.push(bar);
    return pairing.bar("bootstrap", bar, state?.map((value) => value + shift) ?? null);
  });
  await store.appendAll(
    barStream("SPX", "1d"),
    bars.map((bar) => [`${bar.openTimeMs}-0`, { phase: "bootstrap", bar }] as const),
  );
  await store.appendAll(
    experienceStream("paper", "SPX"),
    steps.map((step) => [`${step.barMs}-0`, step] as const),
  );
  return store;
}

Deno.test("leakageProof() looks beyond the warm-up, however long it is", async () => {
  const step = await leakageProof({ ...PARTS, store: await runOf(3_200) })();
  assert.ok(step.passed, step.reason);
  assert.ok(step.figures.learnedStates! > 900);
  const shifted = await leakageProof({ ...PARTS, store: await runOf(3_200, 0.1) })();
  assert.equal(shifted.passed, false);
});

Deno.test("leakageProof() proves a whole beginning once, and a shorter one again as it grows", async () => {
  const store = await runOf(3_200);
  let reads = 0;
  const counting = Object.assign(Object.create(store) as MemoryStore, {
    range: (...args: Parameters<MemoryStore["range"]>) => (reads++, store.range(...args)),
  });
  const whole = leakageProof({ ...PARTS, store: counting });
  assert.equal(await whole(), await whole());
  assert.equal(reads, 2, "bars and experience");
  const short = leakageProof({ ...PARTS, store: await runOf(2_500) });
  assert.notEqual(await short(), await short());
});
