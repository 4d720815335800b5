/** The built addons, and how they refuse: for tests. Needs the files in `RLTRADER_ADDON_INFERENCE` and `RLTRADER_ADDON_TRAINER`;
 * `native/README.md` says how to build them. */
import assert from "node:assert/strict";
import { openInferenceEngine, openTrainerEngine } from "../services/core/model/engine.ts";
import type { NativeErrorCode } from "../services/core/model/native_types.ts";

const inferencePath = Deno.env.get("RLTRADER_ADDON_INFERENCE");
const trainerPath = Deno.env.get("RLTRADER_ADDON_TRAINER");

/** Whether an addon is missing, so that its tests cannot run. */
export const ignore = !inferencePath || !trainerPath;
export const inference = inferencePath ? openInferenceEngine(inferencePath) : undefined!;
export const trainer = trainerPath ? openTrainerEngine(trainerPath) : undefined!;

/** The call throws our code, and a text that has the words. */
export function refuses(code: NativeErrorCode, words: string, call: () => unknown): void {
  assert.throws(call, (error: Error & { code?: string }) => {
    assert.ok(error instanceof Error);
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.includes(words), error.message);
    return true;
  });
}

export function rejects(code: NativeErrorCode, promise: Promise<unknown>): Promise<void> {
  return assert.rejects(
    promise,
    (error: Error & { code?: string }) => error instanceof Error && error.code === code,
  );
}

/** Any JavaScript value where the types ask for another. */
// deno-lint-ignore no-explicit-any
export const wrong = (value: unknown): any => value;
