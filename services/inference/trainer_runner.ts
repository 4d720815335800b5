/** Runs the network in the trainer, over Redis. */
import {
  type InferenceRequest,
  type InferenceResult,
  requestStream,
  resultStream,
} from "../core/contracts/model.ts";
import type { LoadedModel } from "../core/lane/loaded_model.ts";
import {
  type ModelRunner,
  NoAnswerError,
  type RunAnswer,
  type RunRequest,
  scalarRows,
} from "../core/lane/model_runner.ts";
import { MAX_BLOCK_MS, type Store, type StreamReader } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";

/** A request over Redis, answered by the trainer with all heads. One runner serves one lane: one request at a time. */
export class TrainerRunner implements ModelRunner {
  readonly name = "trainer";
  readonly #parts: { store: Store; clock: Clock; deadlineMs: number; signal: AbortSignal };
  #reader: StreamReader | null = null;

  constructor(parts: { store: Store; clock: Clock; deadlineMs: number; signal: AbortSignal }) {
    this.#parts = parts;
  }

  /** @throws {NoAnswerError} If there is no answer in time. @throws The signal's reason, once it is aborted. */
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
    signal.throwIfAborted(); // "no answer" would be committed as a decision: whoever leads next decides the bar
    return null;
  }
}

const KEPT_REQUESTS = 1_000;
/** Above every attempt. */
const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;
