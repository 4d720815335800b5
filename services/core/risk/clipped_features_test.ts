import assert from "node:assert/strict";
import { loadModelConfig } from "../config/model_config.ts";
import type { FeatureConfig } from "../features/feature_config.ts";
import { clippedIn, featureClips } from "./clipped_features.ts";

const DEFAULTS = new URL("../../../docs/model_config.yaml", import.meta.url).pathname;
const feature = (source: string, norm: FeatureConfig["norm"], params = {}): FeatureConfig => ({
  name: source,
  source,
  params,
  norm,
});

Deno.test("featureClips() knows where features are cut off, and which cannot be", () => {
  assert.deepEqual(
    featureClips([
      feature("gap", { kind: "rolling_z", window: 250, clip: 5 }),
      feature("gap", { kind: "running_z", half_life: 50, clip: 4 }),
      feature("volume", { kind: "log_return", bars: 1, scale: 0.25, clip: 3 }),
      feature("rsi", { kind: "tanh", centre: 50, scale: 15 }, { period: 14 }),
      feature("gap", { kind: "rank", window: 250 }),
      feature("gap", { kind: "min_max", window: 250 }),
      feature("gap", { kind: "none", clip: 0.5 }),
      feature("gap", { kind: "none" }),
      feature("weekday_sin", { kind: "none", clip: 1 }),
    ]),
    [5, 4, 3, null, null, null, 0.5, null, null],
  );
});

Deno.test("featureClips() of the default configuration can cut half of its features", async () => {
  const { features } = await loadModelConfig(DEFAULTS);
  const clips = featureClips(features as readonly FeatureConfig[]);
  assert.deepEqual([clips.length, clips.filter((clip) => clip !== null).length], [30, 15]);
});

Deno.test("clippedIn() counts features at their clip on either side, as float32 holds it", () => {
  const state = Float32Array.of(5, -5, 4.999, 0.3, 1, 1);
  assert.deepEqual(clippedIn(state, [5, 5, 5, 0.3, null, 2]), { count: 3, of: 5 });
  assert.deepEqual(clippedIn(new Float32Array(2), [null, null]), { count: 0, of: 0 });
});
