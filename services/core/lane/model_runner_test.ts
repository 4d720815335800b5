import assert from "node:assert/strict";
import { loadedModel } from "./lane_testing.ts";
import { LocalRunner, NoAnswerError } from "./model_runner.ts";

const STATE = Float32Array.of(0.25, -1.5);

Deno.test("LocalRunner gives all heads, and a fault of the network as no answer", async () => {
  const model = await loadedModel();
  const runner = new LocalRunner();
  const request = { symbol: "SPX", barMs: 1, state: STATE, points: [] };
  const outputs = new Float32Array(3);
  model.net.forward(STATE, outputs);
  assert.deepEqual(await runner.run(model, request), { outputs, values: new Float32Array(0) });
  model.net.close();
  await assert.rejects(runner.run(model, request), NoAnswerError);
});
