/** Opens the native addons. The only file that opens a `.node`. */
import process from "node:process";
import type { QNetAddon, TrainerAddon } from "./native_types.ts";

/** Raised when an addon cannot be opened. */
export class EngineError extends Error {
  override name = "EngineError";
}

/** Opens the fused engine (no LibTorch). @throws {EngineError} */
export function openInferenceEngine(path: string): QNetAddon {
  return open(path, "QNet") as QNetAddon;
}

/** Opens the learner (LibTorch). @throws {EngineError} */
export function openTrainerEngine(path: string): TrainerAddon {
  return open(path, "Learner") as TrainerAddon;
}

function open(path: string, expected: string): unknown {
  const module: { exports: Record<string, unknown> } = { exports: {} };
  try {
    (process as unknown as { dlopen(module: object, path: string): void }).dlopen(module, path);
  } catch (cause) {
    throw new EngineError(`Cannot open engine ${path} as it must load: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (typeof module.exports[expected] !== "function") {
    throw new EngineError(
      `Cannot open engine ${path} as it must export ${expected}: it exports ${
        Object.keys(module.exports).join(", ")
      }`,
    );
  }
  return module.exports;
}
