/** Runs the network for one state: in this process, or elsewhere. Same decisions for the same version. */
import type { Point } from "../decisions/candidate.ts";
import type { LoadedModel } from "./loaded_model.ts";

export interface RunRequest {
  readonly symbol: string;
  readonly barMs: number;
  readonly state: Float32Array;
  /** Accounts after each possible decision to value; none where the outputs tell all. */
  readonly points: readonly Point[];
}

export interface RunAnswer {
  /** All heads of the state, in the order of the network's spec. */
  readonly outputs: Float32Array;
  /** W of each point. */
  readonly values: Float32Array;
}

export interface ModelRunner {
  readonly name: "local" | "trainer";
  /** @throws {NoAnswerError} If there is no answer in time. */
  run(model: LoadedModel, request: RunRequest): Promise<RunAnswer>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The fused forward in this process. */
export class LocalRunner implements ModelRunner {
  readonly name = "local";

  run({ net }: LoadedModel, { state, points }: RunRequest): Promise<RunAnswer> {
    const outputs = new Float32Array(net.outputs);
    const values = new Float32Array(points.length);
    try {
      net.forward(state, outputs);
      if (points.length > 0) {
        net.evaluate(state, Uint8Array.from(points, (point) => point.class), scalarRows(points), values);
      }
    } catch (cause) {
      return Promise.reject(new NoAnswerError((cause as Error).message, { cause }));
    }
    return Promise.resolve({ outputs, values });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Raised when the network cannot be run on a state, or no answer came in time: no order follows. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";
}

/** The points' scalars, row after row. */
export function scalarRows(points: readonly Point[]): Float32Array {
  return Float32Array.from(points.flatMap(({ scalars }) => [...scalars]));
}
