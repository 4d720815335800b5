/** Runs the network for one state: in this process, or in the trainer over Redis. Same decisions for the same version. */
import {
  type InferenceRequest,
  type InferenceResult,
  requestStream,
  resultStream,
} from "../core/contracts/model.ts";
import type { Point } from "../core/decisions/candidate.ts";
import { MAX_BLOCK_MS, type Store, type StreamReader } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { LoadedModel } from "./model_watcher.ts";

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

/** A request over Redis, answered by the trainer with all heads. One runner serves one lane: one request at a time. */
export class TrainerRunner implements ModelRunner {
  readonly name = "trainer";
  readonly #parts: { store: Store; clock: Clock; deadlineMs: number; signal: AbortSignal };
  #reader: StreamReader | null = null;

  constructor(parts: { store: Store; clock: Clock; deadlineMs: number; signal: AbortSignal }) {
    this.#parts = parts;
  }

  async run({ version }: LoadedModel, { symbol, barMs, state, points }: RunRequest): Promise<RunAnswer> {
    const classes = points.map((point) => point.class);
    const id = await this.#ask({ symbol, barMs, version, state, classes, scalars: scalarRows(points) });
    const answer = await this.#answerTo(symbol, id);
    if (answer === null) {
      throw new NoAnswerError(`the trainer must answer within ${this.#parts.deadlineMs} ms: it did not`);
    }
    if (answer.error !== null) {
      throw new NoAnswerError(`the trainer could not run ${version}: ${answer.error}`);
    }
    if (answer.values.length !== points.length) {
      throw new NoAnswerError(
        `the trainer must value ${points.length} accounts: it valued ${answer.values.length}`,
      );
    }
    return { outputs: answer.outputs, values: answer.values };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader?.[Symbol.asyncDispose]();
  }

  /** Sends the request under a free attempt number: another leader may have asked for this bar before. */
  async #ask(request: InferenceRequest): Promise<string> {
    const stream = requestStream(request.symbol);
    for (let attempt = 0;;) {
      const id = `${request.barMs}-${attempt}`;
      const limit = { maxLength: KEPT_REQUESTS };
      if (await this.#parts.store.append(stream, id, request, limit) === "appended") return id;
      const [newest] = await this.#parts.store.newest(stream, 1);
      const [bar, taken] = (newest?.id ?? "0-0").split("-").map(Number) as [number, number];
      if (bar > request.barMs) {
        throw new NoAnswerError(
          `bar ${bar} was asked for already, after ${request.barMs}`,
        );
      }
      attempt = Math.max(attempt, bar === request.barMs ? taken : 0) + 1;
    }
  }

  async #answerTo(symbol: string, id: string): Promise<InferenceResult | null> {
    const { store, clock, deadlineMs, signal } = this.#parts;
    this.#reader ??= store.openReader();
    const [ms, attempt] = id.split("-").map(Number) as [number, number];
    let positions = new Map([[
      resultStream(symbol),
      attempt > 0 ? `${ms}-${attempt - 1}` : `${ms - 1}-${MAX_SEQUENCE}`,
    ]]);
    const startedMs = clock.monotonicMs();
    for (
      let left = deadlineMs;
      left > 0 && !signal.aborted;
      left = deadlineMs - (clock.monotonicMs() - startedMs)
    ) {
      const blockMs = Math.min(Math.ceil(left), MAX_BLOCK_MS);
      const page = await this.#reader.read(positions, { count: 10, blockMs, signal });
      positions = page.positions;
      const found = page.entries.find((entry) => entry.id === id);
      if (found !== undefined) return found.value;
    }
    return null;
  }
}

/** The points' scalars, row after row. */
function scalarRows(points: readonly Point[]): Float32Array {
  return Float32Array.from(points.flatMap(({ scalars }) => [...scalars]));
}

const KEPT_REQUESTS = 1_000;
/** Above every attempt. */
const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;
