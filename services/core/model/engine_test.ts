import assert from "node:assert/strict";
import { EngineError, openInferenceEngine, openTrainerEngine } from "./engine.ts";

Deno.test("openInferenceEngine() and openTrainerEngine() name a file that does not load, and keep the cause", async () => {
  const path = await Deno.makeTempFile({ suffix: ".node" });
  try {
    for (const open of [openInferenceEngine, openTrainerEngine]) {
      assert.throws(() => open(path), (error) => {
        assert.ok(error instanceof EngineError && error.cause instanceof Error);
        assert.ok(error.message.startsWith(`Cannot open engine ${path} as it must load: `), error.message);
        return true;
      });
    }
  } finally {
    await Deno.remove(path);
  }
});
